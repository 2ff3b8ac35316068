/** Runs work and returns what the console said and warned of meanwhile. */
export async function captured(
  work: () => Promise<unknown>,
): Promise<{ said: string[]; warned: string[] }> {
  const { info, warn } = console;
  const said: string[] = [];
  const warned: string[] = [];
  console.info = (text: string) => said.push(text);
  console.warn = (text: string) => warned.push(text);
  try {
    await work();
  } finally {
    console.info = info;
    console.warn = warn;
  }
  return { said, warned };
}

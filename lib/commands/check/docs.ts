/**
 * `deno doc --lint` asks a door to export every type it uses, but a door cannot export a type of an
 * npm package.
 */
const FOREIGN_TYPE = /references private type 'DataFrame'/;

/**
 * Returns the complaints of `deno doc --lint` about the doors (the exports of `deno.json`):
 * exported symbols without a doc comment, and public types that no door exports.
 *
 * @param root the folder of the repository.
 */
export async function docComplaints(root: string): Promise<string[]> {
  const { exports } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  const command = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values<string>(exports)],
    cwd: root,
    env: { NO_COLOR: "1" },
  });
  const { success, stderr } = await command.output();
  if (success) return [];
  const complaints = new TextDecoder().decode(stderr).split(/^(?=error)/m)
    .filter((text) => text.startsWith("error["))
    .map((text) => text.trim());
  return complaints.filter((text) => !FOREIGN_TYPE.test(text));
}

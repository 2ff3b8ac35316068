import { join, toFileUrl } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { fileSize } from "../../checkpoint/files.ts";

/** The names under which Chromium and its kin are installed. */
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
];

/** Where macOS and Windows keep browsers, which stand on no path there. */
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * Returns the program of a browser that prints pages, or `undefined` if there is none.
 *
 * @param path the folders in which programs are looked for, as the variable `PATH` has them.
 */
export async function findBrowser(
  path = Deno.env.get("PATH") ?? "",
): Promise<string | undefined> {
  const [separator, suffix] = Deno.build.os === "windows" ? [";", ".exe"] : [":", ""];
  const folders = path.split(separator).filter((folder) => folder !== "");
  const programs = NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  for (const program of [...programs, ...PLACES]) {
    if (await fileSize(program) !== undefined) return program;
  }
  return undefined;
}

/**
 * Prints a page to a PDF file.
 *
 * @param browser the program of the browser, see {@link findBrowser}.
 * @param page the HTML file.
 * @param pdf the file to write.
 * @throws CircuitbookError if the browser writes no file.
 */
export async function printPdf(browser: string, page: string, pdf: string): Promise<void> {
  const profile = await Deno.makeTempDir({ prefix: "circuitbook-pdf-" });
  try {
    const { stderr } = await new Deno.Command(browser, {
      args: [
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        `--user-data-dir=${profile}`,
        // Chromium refuses to start its sandbox as root. The page loads nothing and comes from this
        // machine.
        ...Deno.uid() === 0 ? ["--no-sandbox"] : [],
        "--no-pdf-header-footer",
        // Viewers draw their small pictures a little later. The clock of the page jumps, so that
        // nobody waits.
        "--virtual-time-budget=5000",
        `--print-to-pdf=${pdf}`,
        toFileUrl(page).href,
      ],
      stdout: "null",
      stderr: "piped",
    }).output();
    if (await fileSize(pdf)) return;
    throw new CircuitbookError(
      `Expected ${browser} to write ${pdf} but found no file: ${
        new TextDecoder().decode(stderr).trim().split("\n").at(-1)
      }`,
    );
  } finally {
    await Deno.remove(profile, { recursive: true }).catch(() => undefined);
  }
}

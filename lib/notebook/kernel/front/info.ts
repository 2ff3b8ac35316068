import { type Json, PROTOCOL_VERSION } from "../wire/message.ts";

/** Returns the description of the kernel and its language. */
export function kernelInfo(): Json {
  return {
    status: "ok",
    protocol_version: PROTOCOL_VERSION,
    implementation: "circuitbook",
    implementation_version: "1",
    language_info: {
      name: "typescript",
      version: Deno.version.typescript,
      mimetype: "application/typescript",
      file_extension: ".ts",
      codemirror_mode: "typescript",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `Circuitbook: TypeScript on Deno ${Deno.version.deno}`,
    help_links: [],
    debugger: false,
  };
}

import { z } from "zod";
import { CircuitbookError } from "../../../base/errors.ts";

const connection = z.object({
  transport: z.enum(["tcp", "ipc"]).default("tcp"),
  ip: z.string().default("127.0.0.1"),
  shell_port: z.number(),
  iopub_port: z.number(),
  stdin_port: z.number(),
  control_port: z.number(),
  hb_port: z.number(),
  key: z.string().default(""),
  signature_scheme: z.literal("hmac-sha256").default("hmac-sha256"),
});

/** The addresses at which a kernel listens, and the key of its messages. */
export type Connection = z.infer<typeof connection>;

/** The sockets of a kernel. */
export type SocketName = "shell" | "iopub" | "stdin" | "control" | "hb";

/**
 * Returns the connection that a connection file describes.
 *
 * @param path the file that Jupyter wrote for the kernel.
 * @throws CircuitbookError if the file is not a connection file.
 */
export async function readConnection(path: string): Promise<Connection> {
  const { data, error } = connection.safeParse(JSON.parse(await Deno.readTextFile(path)));
  if (error) {
    throw new CircuitbookError(
      `Expected a connection file of Jupyter in ${path} but found: ${z.prettifyError(error)}`,
    );
  }
  return data;
}

/** Returns the address of a socket, such as `tcp://127.0.0.1:5555`. */
export function addressOf(connection: Connection, socket: SocketName): string {
  const { transport, ip } = connection;
  const separator = transport === "tcp" ? ":" : "-";
  return `${transport}://${ip}${separator}${connection[`${socket}_port`]}`;
}

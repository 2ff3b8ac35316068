import { chooseDevice } from "../../lib/model/engine/device.ts";
import { unless } from "../skipped.ts";
import { refusedBothWays } from "./both_ways.ts";

Deno.test("a device that does not exist is refused with those that do", async () => {
  await refusedBothWays({ device: "gpu" }, "auto, cuda, webgpu, cpu", 'found "gpu"');
});

const cuda = await chooseDevice("cuda").then(() => "CUDA is there", () => undefined);

Deno.test({
  ...unless(cuda, "CUDA where it is not there is refused with the step that installs it"),
  fn: () => refusedBothWays({ device: "cuda" }, "the device cuda", "install"),
});

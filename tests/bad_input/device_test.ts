import { chooseDevice } from "../../lib/model/engine/device.ts";
import { refusedBothWays } from "./both_ways.ts";

Deno.test("a device that does not exist is refused with those that do", async () => {
  await refusedBothWays({ device: "gpu" }, "auto, cuda, webgpu, cpu", 'found "gpu"');
});

const noCuda = await chooseDevice("cuda").then(() => false, () => true);

Deno.test({
  name: "CUDA where it is not there is refused with the step that installs it",
  ignore: !noCuda,
  fn: () => refusedBothWays({ device: "cuda" }, "the device cuda", "install"),
});

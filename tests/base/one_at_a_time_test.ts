import { assertEquals, assertRejects } from "@std/assert";
import { OneAtATime } from "../../lib/base/one_at_a_time.ts";

Deno.test("jobs run in their order, each after the last, and one that fails stops no later one", async () => {
  const jobs = new OneAtATime();
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = jobs.run(async () => {
    events.push("first begins");
    await gate.promise;
    events.push("first ends");
  });
  const second = jobs.run(() => Promise.reject(new Error("second fails")));
  const third = jobs.run(() => {
    events.push("third begins");
    return Promise.resolve(3);
  });
  const idle = jobs.idle().then(() => events.push("idle"));
  gate.resolve();
  await assertRejects(() => second, Error, "second fails");
  assertEquals(await third, 3);
  await Promise.all([first, idle]);
  assertEquals(events, ["first begins", "first ends", "third begins", "idle"]);
});

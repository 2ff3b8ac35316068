/**
 * Switches the telemetry of ONNX Runtime off. Must be imported before onnxruntime-node.
 *
 * ONNX Runtime's Node build otherwise writes a device id and an event database into the user's
 * cache and logs into the temporary folder, and looks up a host of its maker's about nine seconds
 * later (seen in 1.30). Version 1.30 reads this variable once, with its first session; a later
 * version may read it at its import.
 *
 * @module
 */
Deno.env.set("ORT_DISABLE_TELEMETRY", "1");

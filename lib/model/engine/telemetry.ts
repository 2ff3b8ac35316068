/**
 * Switches the telemetry of ONNX Runtime off. Must be imported before onnxruntime-node.
 *
 * ONNX Runtime's Node build otherwise looks up a host of its maker's, writes a device id and an event
 * database into the user's cache, and writes logs into the temporary folder (seen in 1.30). It reads this
 * variable once, when its library is loaded.
 *
 * @module
 */
Deno.env.set("ORT_DISABLE_TELEMETRY", "1");

/**
 * Keeps zod from trying `eval`, which the policy of the page refuses and a browser would note in
 * its console. Imported first.
 *
 * @module
 */
import { config } from "zod";

config({ jitless: true });

/**
 * The live page: a problem, the chain of thought that the model writes, the heads, the slider of
 * the steering coefficient, and the attention and lens at one token.
 *
 * @module
 */
// This import stands first: modules are evaluated in the order of their imports.
import "./no_eval.ts";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { make } from "../../plot/viewers/browser/page.ts";
import type { LiveContent, LiveDevice } from "../messages.ts";
import type { Written } from "../live_model.ts";
import { promptOf } from "../asked.ts";
import { fragmentOf, type LiveState, stateIn, type StateLimits, typedProblem } from "../state.ts";
import { assetOf, contentOf } from "./assets.ts";
import { Chain, outcomeOf } from "./chain.ts";
import { deviceField } from "./device_field.ts";
import { HeadGrid } from "./head_grid.ts";
import { linkField } from "./link_field.ts";
import { ModelWorker } from "./model_worker.ts";
import { problemForm } from "./problem_form.ts";
import { steeringField } from "./steering_field.ts";
import { LookViews } from "./look_views.ts";

/** A note for the readers of a page with two tasks. */
const FOUND_ON =
  "The model judges two kinds of results: whether a result is the target, and whether it has a property. The marked heads and " +
  "the steering direction were found on problems with a target.";

/** The live page. */
class Panel {
  readonly #content: LiveContent;
  #worker: ModelWorker | undefined;
  readonly #status = make("p", { class: "status", role: "status" });
  readonly #trouble = make("p", { class: "trouble", role: "alert" });
  readonly #form: ReturnType<typeof problemForm>;
  readonly #limits: StateLimits;
  readonly #chain = new Chain((position) => this.#choose(position));
  readonly #grid: HeadGrid;
  readonly #steering: ReturnType<typeof steeringField> | undefined;
  readonly #link = linkField(() => this.#address());
  readonly #device = deviceField((device) => void this.run(device));
  readonly #views: LookViews;
  /** The outcome of each problem without silenced heads and steering, in a sentence. */
  readonly #unchanged = new Map<string, string>();
  #state: LiveState;
  #written: Written | undefined;
  /** The number of the newest text. Results of older texts are not shown. */
  #turn = 0;

  constructor(content: LiveContent) {
    this.#content = content;
    this.#views = new LookViews(content.colours);
    const { layers, heads, facts } = content;
    const { properties } = facts;
    this.#limits = { layers, heads, properties };
    this.#form = problemForm({ properties }, (numbers, target) => this.#asked(numbers, target));
    this.#grid = new HeadGrid(
      { layers, heads, verifiers: facts.verifiers },
      (silenced, always) => this.#change({ silenced, always }),
    );
    this.#steering = facts.steering === null
      ? undefined
      : steeringField(facts.steering, (coefficient) => this.#change({ coefficient }));
    this.#state = this.#initial();
    try {
      this.#state = stateIn(location.hash, this.#state, this.#limits);
    } catch (error) {
      this.#tell(error);
    }
    addEventListener("hashchange", () => this.#follow());
  }

  /** Puts the elements into the page. */
  layOut(root: HTMLElement): void {
    const settings = make("section", { class: "settings", "aria-label": "heads and steering" });
    settings.append(this.#grid.root, ...this.#steering ? [this.#steering.root] : []);
    const text = make("section", { class: "text", "aria-label": "chain of thought" });
    text.append(this.#status, this.#chain.root);
    root.append(
      make("div", { class: "asked" }, this.#form.root, this.#device.root, this.#link.root),
      this.#trouble,
      ...this.#limits.properties ? [make("p", { class: "note" }, FOUND_ON)] : [],
      make("div", { class: "columns" }, text, settings),
      this.#views.root,
    );
    this.#show();
    this.#say("The page is loading …");
  }

  /**
   * Loads the model onto a device, and writes. If the graphics processor cannot run the model, the
   * page says why and the processor runs the model.
   */
  async run(device: LiveDevice): Promise<void> {
    const turn = ++this.#turn;
    this.#say(`The model is loading${device === "webgpu" ? " onto the graphics processor" : ""} …`);
    this.#device.show(device);
    this.#worker?.end();
    this.#worker = undefined;
    let worker: ModelWorker | undefined;
    try {
      const names = ["worker", device, "weights"];
      const [source, binary, weights] = await Promise.all(names.map(assetOf));
      if (turn !== this.#turn) return;
      worker = new ModelWorker(source);
      const content = this.#content;
      const moved = [binary.buffer, weights.buffer];
      await worker.ask({ ask: "open", content, binary, weights, device }, undefined, moved);
    } catch (error) {
      worker?.end();
      if (turn !== this.#turn) return;
      if (device === "cpu") return this.#fail(error);
      this.#fail(
        new CircuitbookError(
          `The graphics processor cannot run the model, so the processor runs it: ${
            messageOf(error)
          }`,
        ),
      );
      return await this.run("cpu");
    }
    performance.mark("model");
    if (turn !== this.#turn) return worker.end();
    this.#worker = worker;
    await this.write();
  }

  /** Writes a text for the present state, and shows the attention and lens at one token. */
  async write(): Promise<void> {
    const worker = this.#worker;
    // While the model loads, nothing is written: `run` calls `write` with the newest state.
    if (!worker) return;
    const turn = ++this.#turn;
    const state = this.#state;
    const began = performance.now();
    let count = 0;
    this.#written = undefined;
    try {
      this.#chain.begin(promptOf(state, this.#content.template));
      const written = await worker.ask({ ask: "write", state }, (token) => {
        if (turn !== this.#turn) return;
        if (count++ === 0) performance.mark("first token");
        this.#chain.add(token);
        this.#say(`The model writes: ${count} tokens.`);
      });
      if (written === null || turn !== this.#turn) return;
      const seconds = (performance.now() - began) / 1000;
      const cutNote = written.ended ? "" : " The text was cut at the limit of tokens.";
      this.#say(`${count} tokens in ${seconds.toFixed(1)} s.${cutNote}`);
      this.#written = written;
      this.#remember(state, written);
      this.#chain.show(written, this.#position(), this.#before(state));
      await this.#look(turn);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
    }
  }

  /** Returns the numbers of a forward pass, for tests and for the console of the browser. */
  numbers(state: LiveState, tokens: readonly number[]) {
    return this.#worker!.ask({ ask: "numbers", state, tokens });
  }

  #initial(): LiveState {
    const { problem, facts } = this.#content;
    // Without verification heads, the page does not know when the model judges.
    const always = facts.verifiers.length === 0;
    return { ...problem, silenced: [], always, coefficient: 0, position: null };
  }

  #asked(numbers: string, target: string): void {
    try {
      this.#change(typedProblem(numbers, target, this.#limits));
    } catch (error) {
      this.#tell(error);
    }
  }

  /**
   * Takes a part of a new state, and writes again. The chosen token is forgotten, because the new
   * text may not have it.
   */
  #change(part: Partial<LiveState>): void {
    this.#state = { ...this.#state, position: null, ...part };
    this.#trouble.textContent = "";
    this.#keep();
    this.#show();
    void this.write();
  }

  #choose(position: number): void {
    if (!this.#written) return;
    this.#trouble.textContent = "";
    this.#state = { ...this.#state, position };
    this.#keep();
    void this.#look(this.#turn);
  }

  /**
   * Shows the attention and lens at the chosen token. An error is shown and leaves the text as it
   * is.
   */
  async #look(turn: number): Promise<void> {
    const written = this.#written;
    const worker = this.#worker;
    if (!written || !worker) return;
    const position = this.#position();
    this.#chain.choose(position);
    const isNewest = () =>
      turn === this.#turn && written === this.#written && position === this.#position();
    try {
      const look = await worker.ask({
        ask: "look",
        state: this.#state,
        tokens: written.tokens,
        position,
        head: this.#grid.last,
      });
      if (!isNewest()) return;
      this.#views.show(look, written.pieces[position]);
      performance.mark("look");
    } catch (error) {
      if (isNewest()) this.#tell(error);
    }
  }

  /** Keeps the outcome of a text that was written without silenced heads and steering. */
  #remember(state: LiveState, { attempts }: Written): void {
    if (!isChanged(state)) this.#unchanged.set(this.#problemKey(state), outcomeOf(attempts));
  }

  /**
   * Returns the outcome of the problem without silenced heads and steering, in a sentence;
   * undefined if the state has neither, or if the page has not seen the outcome.
   */
  #before(state: LiveState): string | undefined {
    return isChanged(state) ? this.#unchanged.get(this.#problemKey(state)) : undefined;
  }

  /** Returns the problem of a state as a key. */
  #problemKey({ numbers, target }: LiveState): string {
    return fragmentOf({ ...this.#initial(), numbers, target });
  }

  /**
   * Returns the position whose attention and lens the page shows: the position that the reader
   * chose, or else the `(` before the last verdict, or else the last token.
   */
  #position(): number {
    const { tokens, attempts } = this.#written!;
    const { position } = this.#state;
    if (position !== null && position < tokens.length) return position;
    return attempts.findLast(({ open }) => open !== undefined)?.open ?? tokens.length - 1;
  }

  /** Shows the state in the controls. */
  #show(): void {
    const { silenced, always, coefficient } = this.#state;
    this.#form.show(this.#state);
    this.#grid.show(silenced, always);
    this.#steering?.show(coefficient);
  }

  /** Keeps the state in the address of the page. */
  #keep(): void {
    history.replaceState(null, "", `#${fragmentOf(this.#state)}`);
    this.#link.reset();
  }

  #address(): string {
    // Under a cell, the query holds a token of the Jupyter server, which must not leave this
    // machine.
    return `${location.href.replace(/[?#].*$/, "")}#${fragmentOf(this.#state)}`;
  }

  /** Takes the state of a link that was opened in this page. */
  #follow(): void {
    try {
      this.#state = stateIn(location.hash, this.#initial(), this.#limits);
      this.#trouble.textContent = "";
      this.#show();
      void this.write();
    } catch (error) {
      this.#tell(error);
    }
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }

  /** Shows that the model could not be loaded, or that a text could not be written. */
  #fail(error: unknown): void {
    this.#say("");
    this.#chain.fail();
    this.#tell(error);
  }

  #tell(error: unknown): void {
    this.#trouble.textContent = messageOf(error);
  }
}

/** Returns whether a state silences heads or steers. */
function isChanged({ silenced, coefficient }: LiveState): boolean {
  return silenced.length > 0 || coefficient !== 0;
}

/** Opens the page. */
async function open(): Promise<void> {
  const content = contentOf();
  // Under a cell, the title of the page would take space from the panel.
  document.documentElement.classList.toggle("framed", self !== top);
  const panel = new Panel(content);
  panel.layOut(document.querySelector("main")!);
  document.querySelector("#loading")!.remove();
  Object.assign(globalThis, { live: panel });
  performance.mark("controls");
  await wholePage();
  await panel.run("cpu");
}

/** Waits until the browser has read the whole page. */
function wholePage(): Promise<void> {
  return new Promise((resolve) => {
    if (document.readyState !== "loading") resolve();
    else addEventListener("DOMContentLoaded", () => resolve(), { once: true });
  });
}

open().catch((error) => {
  const loading = document.querySelector("#loading") ?? document.querySelector(".trouble");
  loading!.textContent = `The page could not start: ${messageOf(error)}`;
});

import { integer, type Random, shuffle } from "../../base/random.ts";
import { stories, type Story } from "./stories.ts";

const NAMES = [
  "Amina",
  "Boris",
  "Chen",
  "Dalia",
  "Emil",
  "Farah",
  "Goran",
  "Hana",
  "Ivo",
  "Jun",
  "Kofi",
  "Lena",
];

const PAUSES = ["Let me check.", "Wait, is that right?", "Let me make sure."];

/** Returns the nth story, with a name and numbers drawn at random. The kinds take turns. */
export function drawnStory(random: Random, n: number): Story {
  return stories[n % stories.length](random, shuffle(random, NAMES)[0]);
}

/** Returns the first pass through a problem, which comes to a number: the answer, or a slip. */
export function firstPass({ steps }: Story, result: number): string {
  return `${steps(result).join(" ")} So the answer should be ${result}.`;
}

/** Returns a line that checks the answer and states it again. */
export function recheck(random: Random, { check, answer }: Story): string {
  return `${pause(random)} ${check} That gives ${answer} again.`;
}

/** Returns lines that find a slip and correct it. */
export function correction(random: Random, story: Story, wrong: number): string {
  const { steps, refutation, answer } = story;
  return `${pause(random)} ${refutation(wrong)} So ${wrong} is wrong.\n` +
    `Once more. ${steps(answer).at(-1)} So the answer should be ${answer}.`;
}

function pause(random: Random): string {
  return PAUSES[integer(random, 0, PAUSES.length - 1)];
}

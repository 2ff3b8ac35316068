import { integer, type Random } from "../../base/random.ts";

/** A story with its question, solution and check, told with numbers drawn at random. */
export interface Story {
  readonly question: string;
  readonly answer: number;
  /**
   * Returns the sentences before "So the answer should be …". The last of them comes to the given
   * number: the answer, or a slip.
   */
  readonly steps: (result: number) => readonly string[];
  /** A check of the answer, backwards or in another way. */
  readonly check: string;
  /** Returns a check of a wrong answer, which shows that it does not fit. */
  readonly refutation: (wrong: number) => string;
  /** A sentence that states the answer. */
  readonly conclusion: string;
}

/** A function that tells a story about a person. */
type Teller = (random: Random, name: string) => Story;

/**
 * The kinds of stories. Each is solved in two or three steps, and all results in between are whole
 * numbers from 1 on.
 */
export const stories: readonly Teller[] = [
  (random, name) => {
    const boxes = integer(random, 3, 9);
    const each = integer(random, 4, 12);
    const given = integer(random, 2, boxes * each - 2);
    const all = boxes * each;
    const left = all - given;
    return {
      question:
        `${name} buys ${boxes} boxes with ${each} pencils in each box and gives ${given} pencils to friends. ` +
        `How many pencils does ${name} have left?`,
      steps: (result) => [
        `The boxes hold ${boxes} * ${each} = ${all} pencils.`,
        `After the gift, ${all} - ${given} = ${result} are left.`,
      ],
      check: `${left} + ${given} = ${all}, and ${all} / ${boxes} = ${each}, which fits.`,
      refutation: (wrong) =>
        `${wrong} + ${given} = ${wrong + given}, but there are ${all} pencils.`,
      conclusion: `${name} has ${left} pencils left.`,
      answer: left,
    };
  },
  (random, name) => {
    const hours = integer(random, 2, 8);
    const rate = integer(random, 9, 25);
    const bonus = integer(random, 5, 40);
    const wages = hours * rate;
    const total = wages + bonus;
    return {
      question:
        `${name} works ${hours} hours for $${rate} an hour and gets a bonus of $${bonus}. ` +
        `How many dollars does ${name} earn?`,
      steps: (result) => [
        `The hours bring ${hours} * ${rate} = ${wages} dollars.`,
        `With the bonus, it is ${wages} + ${bonus} = ${result}.`,
      ],
      check: `${total} - ${bonus} = ${wages}, and ${wages} / ${hours} = ${rate} dollars an hour.`,
      refutation: (wrong) =>
        `${wrong} - ${bonus} = ${wrong - bonus}, but the hours bring ${wages} dollars.`,
      conclusion: `${name} earns ${total} dollars.`,
      answer: total,
    };
  },
  (random, name) => {
    const days = integer(random, 3, 7);
    const pages = integer(random, 8, 30);
    const rest = integer(random, 5, 60);
    const read = days * pages;
    const book = read + rest;
    return {
      question:
        `${name} reads ${pages} pages a day. After ${days} days, ${rest} pages of the book are left. ` +
        `How many pages does the book have?`,
      steps: (result) => [
        `In ${days} days that is ${days} * ${pages} = ${read} pages.`,
        `So the book has ${read} + ${rest} = ${result} pages.`,
      ],
      check: `${book} - ${read} = ${rest} pages are left, as the question says.`,
      refutation: (wrong) => `${wrong} - ${read} = ${wrong - read}, but ${rest} pages are left.`,
      conclusion: `The book has ${book} pages.`,
      answer: book,
    };
  },
  (random, name) => {
    const friends = integer(random, 2, 6);
    const share = integer(random, 4, 15);
    const kept = integer(random, 3, 20);
    const shared = (friends + 1) * share;
    const picked = shared + kept;
    return {
      question:
        `${name} picks ${picked} apples, puts ${kept} aside and shares the rest equally with ${friends} friends. ` +
        `How many apples does each of them get, ${name} included?`,
      steps: (result) => [
        `There are ${picked} - ${kept} = ${shared} apples to share.`,
        `They are ${friends} + 1 = ${friends + 1} people.`,
        `Each gets ${shared} / ${friends + 1} = ${result} apples.`,
      ],
      check: `${friends + 1} * ${share} = ${shared}, and ${shared} + ${kept} = ${picked}.`,
      refutation: (wrong) =>
        `${friends + 1} * ${wrong} = ${
          (friends + 1) * wrong
        }, but there are ${shared} apples to share.`,
      conclusion: `Each of them gets ${share} apples.`,
      answer: share,
    };
  },
  (random, name) => {
    const tickets = integer(random, 2, 6);
    const price = integer(random, 6, 18);
    const change = integer(random, 2, 30);
    const cost = tickets * price;
    const paid = cost + change;
    return {
      question:
        `${name} pays for ${tickets} tickets at $${price} each with $${paid}. How many dollars does ${name} get back?`,
      steps: (result) => [
        `The tickets cost ${tickets} * ${price} = ${cost} dollars.`,
        `The change is ${paid} - ${cost} = ${result} dollars.`,
      ],
      check: `${cost} + ${change} = ${paid}, which is what was paid.`,
      refutation: (wrong) =>
        `${cost} + ${wrong} = ${cost + wrong}, but ${name} paid ${paid} dollars.`,
      conclusion: `${name} gets ${change} dollars back.`,
      answer: change,
    };
  },
  (random, name) => {
    const age = integer(random, 4, 14);
    const times = integer(random, 2, 4);
    const years = integer(random, 3, 15);
    const now = age * times;
    const then = now + years;
    return {
      question:
        `${name} is ${age} years old. An aunt is ${times} times as old. How old will the aunt be in ${years} years?`,
      steps: (result) => [
        `The aunt is ${times} * ${age} = ${now} years old now.`,
        `In ${years} years she will be ${now} + ${years} = ${result}.`,
      ],
      check: `${then} - ${years} = ${now}, and ${now} / ${times} = ${age}, the age of ${name}.`,
      refutation: (wrong) =>
        `${wrong} - ${years} = ${wrong - years}, but the aunt is ${now} years old now.`,
      conclusion: `The aunt will be ${then} years old.`,
      answer: then,
    };
  },
];

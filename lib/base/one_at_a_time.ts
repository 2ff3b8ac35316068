/** Runs jobs one after the other, in the order in which they were given. */
export class OneAtATime {
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs a job when all earlier ones have ended, and returns what the job returns. A job that fails
   * stops no later one.
   */
  run<T>(job: () => Promise<T>): Promise<T> {
    const running = this.#last.then(job);
    this.#last = running.then(() => {}, () => {});
    return running;
  }

  /** Waits until every job that was given so far has ended. */
  idle(): Promise<void> {
    return this.#last;
  }
}

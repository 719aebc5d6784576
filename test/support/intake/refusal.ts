/** A request that the intake does not take, and the status that it answers with. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Throws a `Refusal` with status 400 unless the condition holds. */
export function require400(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Refusal(400, message);
}

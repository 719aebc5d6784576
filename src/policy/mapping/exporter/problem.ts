/** What is wrong with a mapping, or will surprise, and where. */
export interface MappingProblem {
  /** The file as the user called it, or the key of the configuration. */
  readonly file: string;
  readonly line: number;
  /** An error means that the mapping is not used at all; a warning is told, and the rules are used as they stand. */
  readonly level: "error" | "warning";
  readonly problem: string;
  readonly remedy: string;
}

/** Takes problems of one file. */
export interface Reporter {
  error(line: number, problem: string, remedy: string): void;
  warn(line: number, problem: string, remedy: string): void;
}

/** Beyond, nobody reads them; one broken line can make an error of each rule. */
const PROBLEMS_MAX = 200;

export class Problems implements Reporter {
  readonly found: MappingProblem[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  error(line: number, problem: string, remedy: string): void {
    this.#add({ file: this.#file, line, level: "error", problem, remedy });
  }

  warn(line: number, problem: string, remedy: string): void {
    this.#add({ file: this.#file, line, level: "warning", problem, remedy });
  }

  get hasErrors(): boolean {
    return this.found.some(({ level }) => level === "error");
  }

  #add(problem: MappingProblem): void {
    if (this.found.length < PROBLEMS_MAX) this.found.push(problem);
  }
}

/** A problem as one line for the log and the terminal. */
export function tellMappingProblem({ file, line, problem, remedy }: MappingProblem): string {
  return `${file} line ${line} ${problem}; remedy: ${remedy}`;
}

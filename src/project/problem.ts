import path from 'node:path';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';

/** A point in a file of the project; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong (or, as a warning, surprising): what it is about (`services.web.ports`), and what. */
export interface Problem {
  readonly place: Place;
  readonly subject: string;
  readonly message: string;
}

const byPlace = (a: Problem, b: Problem): number =>
  (a.place.file === b.place.file ? 0 : a.place.file < b.place.file ? -1 : 1) ||
  a.place.line - b.place.line ||
  a.place.column - b.place.column;

/** `compose.yaml:4:7: services.web.ports: …`, the file relative to the project's directory. */
export function formatProblem({ place, subject, message }: Problem, directory: string): string {
  const relative = path.relative(directory, place.file);
  const file = relative === '' || relative.startsWith('..') ? place.file : relative;
  const about = subject === '' ? '' : `${subject}: `;
  return sanitizeLine(`${file}:${place.line.toString()}:${place.column.toString()}: ${about}${message}`);
}

/** Collects everything that is wrong, so that a person mends a project in one go. */
export class Problems {
  readonly #errors: Problem[] = [];
  readonly #warnings: Problem[] = [];

  /** The first problem of a place is kept: what follows from it at the same place is noise. */
  add(place: Place, subject: string, message: string): void {
    if (!this.#errors.some(it => byPlace(it, { place, subject, message }) === 0))
      this.#errors.push({ place, subject, message });
  }

  warn(place: Place, subject: string, message: string): void {
    const isKnown = (it: Problem): boolean =>
      it.message === message && byPlace(it, { place, subject, message }) === 0;
    if (!this.#warnings.some(isKnown)) this.#warnings.push({ place, subject, message });
  }

  get errors(): readonly Problem[] {
    return [...this.#errors].sort(byPlace);
  }

  get warnings(): readonly Problem[] {
    return [...this.#warnings].sort(byPlace);
  }

  /** Throws OsError `project-invalid` that lists every problem, one a line, when there is one. */
  throwIfAny(directory: string): void {
    const lines = this.errors.map(problem => formatProblem(problem, directory));
    if (lines.length > 0)
      throw new OsError('project-invalid', lines.join('\n'), {
        hint: lines.length === 1 ? 'mend that line' : `mend these ${lines.length.toString()} lines`,
      });
  }
}

import path from 'node:path';
import { OsError } from '../core/errors.ts';
import { sanitizeLine } from '../core/sanitize.ts';

/** A point in a file of the project; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Turns a line of a text into a place that a person can open. */
export type PlaceAt = (line: number, column: number) => Place;

/** One fault (or, as a warning, a surprise): its subject (`services.web.ports`), and a message. */
export interface Problem {
  readonly place: Place;
  readonly subject: string;
  readonly message: string;
  /** What to do about it. Default: to mend the line. */
  readonly hint?: string;
}

const keyOf = ({ file, line, column }: Place): string => JSON.stringify([file, line, column]);

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
  /** By place: variables that its text names and that are not set. */
  readonly #unset = new Map<string, Set<string>>();

  /** Keeps the first problem of a place: further ones at the same place are consequences of it. */
  add(place: Place, subject: string, message: string, hint?: string): void {
    if (!this.#errors.some(it => byPlace(it, { place, subject, message }) === 0))
      this.#errors.push({ place, subject, message, ...(hint === undefined ? {} : { hint }) });
  }

  warn(place: Place, subject: string, message: string): void {
    const isKnown = (it: Problem): boolean =>
      it.message === message && byPlace(it, { place, subject, message }) === 0;
    if (!this.#warnings.some(isKnown)) this.#warnings.push({ place, subject, message });
  }

  /** Warns of a variable without a value. A problem at the same place names it as its cause. */
  warnOfUnset(place: Place, subject: string, name: string, wayOut = ''): void {
    this.warn(place, subject, `the variable ${name} is not set: it is empty${wayOut}`);
    const names = this.#unset.get(keyOf(place)) ?? new Set();
    this.#unset.set(keyOf(place), names.add(name));
  }

  /** Adds the problems of `other`. */
  addAll(other: Problems): void {
    for (const [key, names] of other.#unset)
      this.#unset.set(key, new Set([...(this.#unset.get(key) ?? []), ...names]));
    for (const { place, subject, message, hint } of other.errors) this.add(place, subject, message, hint);
    for (const { place, subject, message } of other.warnings) this.warn(place, subject, message);
  }

  get errors(): readonly Problem[] {
    return [...this.#errors].sort(byPlace);
  }

  get warnings(): readonly Problem[] {
    return [...this.#warnings].sort(byPlace);
  }

  /** Throws OsError `project-invalid` that lists every problem, one a line, when there is one. */
  throwIfAny(directory: string): void {
    const lines = this.errors.map(it =>
      formatProblem({ ...it, message: `${it.message}${this.#causeOf(it.place)}` }, directory),
    );
    if (lines.length > 0)
      throw new OsError('project-invalid', lines.join('\n'), {
        hint: this.#adviceFor(lines.length),
      });
  }

  #causeOf(place: Place): string {
    const names = [...(this.#unset.get(keyOf(place)) ?? [])];
    if (names.length === 0) return '';
    return names.length === 1
      ? `; the variable ${names.join('')} is not set`
      : `; the variables ${names.join(', ')} are not set`;
  }

  /** To mend the lines, unless there is a way around all of them. */
  #adviceFor(count: number): string {
    const mend = count === 1 ? 'mend that line' : `mend these ${count.toString()} lines`;
    const hints = [...new Set(this.#errors.map(({ hint }) => hint))];
    const known = hints.filter(hint => hint !== undefined);
    if (known.length === 0) return mend;
    return known.length === hints.length ? known.join('; ') : [mend, ...known].join('; ');
  }
}

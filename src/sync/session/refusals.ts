import { OsError } from '../../core/errors.ts';

/** What is done about a container that can't take an edit: it is built, then made anew; where that is no help, it is told. */
export class Refusals {
  /** The container that refused last. */
  #id = '';
  #tried: 'nothing' | 'build' | 'built' | 'anew' = 'nothing';

  /** Returns why the service has to be built. Throws OsError `engine-refused` where that has been tried. */
  answer(id: string, message: string): string {
    this.#id = id;
    if (this.#tried === 'built') this.#tried = 'anew';
    if (this.#tried !== 'nothing') throw new OsError('engine-refused', message);
    this.#tried = 'build';
    return message;
  }

  /** Whether the build has changed nothing: only another container can be without what `id` has. */
  isNewOneDue(id: string): boolean {
    return this.#tried === 'built' && this.#id === id;
  }

  noteBuilt(): void {
    if (this.#tried === 'build') this.#tried = 'built';
  }

  noteNewOne(): void {
    this.#tried = 'anew';
  }

  /** A build that failed may succeed now. */
  noteEdit(): void {
    if (this.#tried === 'build') this.#tried = 'nothing';
  }

  noteTaken(): void {
    this.#tried = 'nothing';
  }
}

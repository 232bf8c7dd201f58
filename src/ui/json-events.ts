import { renderJsonEvent, type JsonEvent } from './json-event.ts';
import type { Output } from './output.ts';

/** Prints one event a line. Once `device` is known, every event carries it. */
export class JsonEvents {
  device: string | undefined;
  readonly #output: Pick<Output, 'answer'>;

  constructor(output: Pick<Output, 'answer'>) {
    this.#output = output;
  }

  readonly report = (event: JsonEvent): void => {
    this.#output.answer(renderJsonEvent(event, this.device));
  };
}

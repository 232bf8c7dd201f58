import { toJsonLine } from '../../core/json-line.ts';
import type { FailureJson } from '../../ui/failure.ts';
import { asText, type Output } from '../../ui/output.ts';

/** The JSON that a command printed for one of several devices. */
export interface DeviceAnswer {
  /** The document that it answered with; undefined where it reported events, or nothing in JSON. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
  readonly failure: FailureJson | undefined;
}

/** The output of a command for one of several devices. */
export interface DeviceOutput {
  readonly output: Output;
  /** Writes a last line that has no end, and returns what was kept. */
  readonly end: () => DeviceAnswer;
}

interface Lines {
  readonly add: (text: string) => void;
  readonly flush: () => void;
}

/** Passes whole lines on, one or more at a time. */
function openLines(write: (lines: string) => void): Lines {
  let rest = '';
  return {
    add(text) {
      const end = text.lastIndexOf('\n') + 1;
      if (end > 0) {
        write(rest + text.slice(0, end));
        rest = '';
      }
      rest += text.slice(end);
    },
    flush() {
      if (rest !== '') write(`${rest}\n`);
      rest = '';
    },
  };
}

/** `done` and `error` end a command, which may go on here on other devices. */
const endOf: Readonly<Partial<Record<string, string>>> = { done: 'device-done', error: 'device-error' };

/**
 * A view of `parent` for `device`. Each line begins with `label`, and nothing is drawn. In JSON, events carry `device` in place of the
 * name of what was reached, and documents are kept.
 */
export function openDeviceOutput(parent: Output, device: string, label: string): DeviceOutput {
  let document: DeviceAnswer['document'];
  let failure: FailureJson | undefined;
  const addJson = (text: string): void => {
    for (const line of text.split('\n').filter(it => it !== '')) {
      const { type, device: _reached, ...fields } = JSON.parse(line) as Record<string, unknown>;
      failure = (fields['error'] as FailureJson | undefined) ?? failure;
      if (typeof type === 'string')
        parent.answer(toJsonLine({ type: endOf[type] ?? type, device, ...fields }));
      else document = fields;
    }
  };
  // A carriage return within a line moves the cursor back to the label, so the label is printed again.
  const markLine = (line: string): string => label + line.replace(/\r+(?=[^\r])/g, `$&${label}`);
  const mark = (lines: string): string => lines.slice(0, -1).split('\n').map(markLine).join('\n') + '\n';
  const answer = openLines(parent.mode === 'json' ? addJson : lines => parent.answer(mark(lines)));
  const talk = openLines(lines => parent.talk(mark(lines)));
  const { awaitReader, isQuiet, rows, styleAnswer, styleTalk } = parent;
  return {
    output: {
      mode: parent.mode === 'json' ? 'json' : 'plain',
      isQuiet,
      isTalkTty: false,
      columns: () => Math.max(20, parent.columns() - label.length),
      rows,
      answer: text => answer.add(asText(text)),
      talk: text => talk.add(asText(text)),
      showBelow: () => undefined,
      awaitReader,
      styleAnswer,
      styleTalk,
    },
    end() {
      answer.flush();
      talk.flush();
      return { document, failure };
    },
  };
}

/** Questions during a session: it continues meanwhile, and the answer is a line on stdin. */
import { createInterface } from 'node:readline';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { Confirm } from '../../sync/service/pause.ts';
import type { Output } from '../../ui/output.ts';

interface Question {
  readonly text: string;
  readonly answer: (isYes: boolean) => void;
}

/** Asks one question after another, the next when the one before is answered or of no interest any more. */
export function openQuestions(output: Output): Confirm {
  const questions: Question[] = [];
  let close: (() => void) | undefined;
  const ask = (): void => {
    const [question] = questions;
    if (question === undefined) {
      close?.();
      close = undefined;
      return;
    }
    output.talk(`${question.text}\n`);
    close ??= listen();
  };
  const listen = (): (() => void) => {
    const lines = createInterface({ input: process.stdin, terminal: false });
    lines.on('line', line => {
      const word = line.trim().toLowerCase();
      if (/^(y|yes|n|no)$/.test(word)) questions.shift()?.answer(word.startsWith('y'));
      ask();
    });
    return () => {
      lines.close();
      process.stdin.unref();
    };
  };
  return (service, signal) =>
    new Promise((resolve, reject) => {
      const question = {
        text: `Remove them from the container of ${sanitizeLine(service)} too? Type y or n, and Enter`,
        answer: resolve,
      };
      const giveUp = (): void => {
        const place = questions.indexOf(question);
        if (place === -1) return;
        questions.splice(place, 1);
        reject(signal.reason as Error);
        if (place === 0) ask();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      questions.push(question);
      if (questions.length === 1) ask();
    });
}

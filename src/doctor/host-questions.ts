/** Asks a device's host OS all questions of the checks in two scripts, and hands out answers as they come. */
import { OsError } from '../core/errors.ts';
import { shellQuote } from '../core/shell-quote.ts';
import type { Check } from './check.ts';

/** No question may take longer on the device, where it has a `timeout` program that takes seconds alone. */
const questionLimitS = 3;

/**
 * The script that asks `questions` one after the other; each answer starts with a line `boundary number`. One that took
 * too long is followed by a line `boundary late`: the statuses are those of GNU's timeout and busybox'.
 */
export function questionScript(questions: readonly string[], boundary: string): string {
  const asked = questions.map(
    (question, i) =>
      `echo; echo ${boundary} ${i.toString()}; $limit sh -c ${shellQuote(question)}; case $? in 124|143) echo; echo ${boundary} late;; esac`,
  );
  return [
    'exec 2>/dev/null',
    'export PATH=$PATH:/usr/sbin:/sbin LC_ALL=C',
    `limit=; timeout 1 true && limit='timeout ${questionLimitS.toString()}'`,
    ...asked,
    `echo; echo ${boundary} end; exit 0`,
  ].join('; ');
}

/** Calls `onAnswer` with the number and text of each answer once it is whole, and `onLate` for one that took too long. */
export async function readAnswers(
  printed: AsyncIterable<Buffer>,
  boundary: string,
  onAnswer: (number: number, text: string) => void,
  onLate: (number: number) => void = () => undefined,
): Promise<void> {
  const mark = `\n${boundary} `;
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of printed) {
    text += decoder.decode(chunk, { stream: true });
    for (;;) {
      const start = text.indexOf(mark);
      const next = start === -1 ? -1 : text.indexOf(mark, start + mark.length);
      const nextEnd = next === -1 ? -1 : text.indexOf('\n', next + mark.length);
      if (nextEnd === -1) break;
      const section = text.slice(start + mark.length, next);
      const lineEnd = section.indexOf('\n');
      const name = section.slice(0, lineEnd);
      if (text.slice(next + mark.length, nextEnd) === 'late') onLate(Number(name));
      else if (name !== 'late') onAnswer(Number(name), section.slice(lineEnd + 1));
      text = text.slice(next);
    }
  }
}

export interface HostAnswers {
  /** Returns the output of `question`. Rejects with the reason why the host cannot be asked. */
  get(question: string): Promise<string>;
}

/** Runs a script on the host; see `DeviceAnswers.runOnHost`. */
type RunScript = (script: string, signal: AbortSignal) => Promise<AsyncIterable<Buffer>>;

/** Starts asking the questions of `checks`. The answers that nobody waits for are dropped. */
export function askHost(
  checks: readonly Pick<Check, 'question' | 'isSlow'>[],
  {
    run,
    boundary,
    signal,
  }: { readonly run: RunScript; readonly boundary: string; readonly signal: AbortSignal },
): HostAnswers {
  const answers = new Map<string, PromiseWithResolvers<string>>();
  const lanes: [fast: string[], slow: string[]] = [[], []];
  for (const { question, isSlow } of checks) {
    if (question === undefined || answers.has(question)) continue;
    const answer = withResolvers<string>();
    answer.promise.catch(() => undefined);
    answers.set(question, answer);
    lanes[isSlow === true ? 1 : 0].push(question);
  }
  for (const questions of lanes) {
    if (questions.length === 0) continue;
    const ask = async (): Promise<void> => {
      const printed = await run(questionScript(questions, boundary), signal);
      await readAnswers(
        printed,
        boundary,
        (number, text) => answers.get(questions[number] ?? '')?.resolve(text.replace(/\n$/, '')),
        number => answers.get(questions[number] ?? '')?.reject(late),
      );
    };
    const ended = new OsError('connection-lost', 'the host did not answer to its end');
    // Nothing found in part of an answer would count as nothing there.
    const late = new OsError(
      'connection-lost',
      `the host did not answer this in ${questionLimitS.toString()} s`,
    );
    void ask().then(
      () => {
        for (const question of questions) answers.get(question)?.reject(ended);
      },
      (error: unknown) => {
        for (const question of questions) answers.get(question)?.reject(error);
      },
    );
  }
  return {
    get: question => answers.get(question)?.promise ?? Promise.reject(new Error(`never asked: ${question}`)),
  };
}

/** `Promise.withResolvers`, which Node 20 does not have. */
interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let [resolve, reject]: [(value: T) => void, (reason: unknown) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((onValue, onReason) => {
    [resolve, reject] = [onValue, onReason];
  });
  return { promise, resolve, reject };
}

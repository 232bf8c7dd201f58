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

/** An answer that is longer is none that a check asked for, and would take the longer to read the longer it is. */
const mostLetters = 512 * 1024;

/** Of a number, `late` and `end`, in letters. */
const longestName = 8;

/** Reason why a question has no answer: it took too long, or it prints too much. */
type Lack = 'late' | 'long';

/** Calls `onAnswer` with the number and text of each answer once it is whole, and `onLack` for one that there is none of. */
export async function readAnswers(
  printed: AsyncIterable<Buffer>,
  boundary: string,
  onAnswer: (number: number, text: string) => void,
  onLack: (number: number, why: Lack) => void = () => undefined,
): Promise<void> {
  const mark = `\n${boundary} `;
  let text = '';
  let isCut = false;
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
      if (text.slice(next + mark.length, nextEnd) === 'late') onLack(Number(name), 'late');
      else if (isCut || section.length > mostLetters) onLack(Number(name), 'long');
      else if (name !== 'late') onAnswer(Number(name), section.slice(lineEnd + 1));
      isCut = false;
      text = text.slice(next);
    }
    if (text.length <= mostLetters) continue;
    // Of an answer that is too long only its number is kept, and what may be the beginning of the next mark.
    const start = text.indexOf(mark);
    const head = start === -1 ? '' : text.slice(start, text.indexOf('\n', start + mark.length) + 1);
    isCut = start !== -1;
    text = head + text.slice(-mark.length - longestName);
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
        (number, why) => answers.get(questions[number] ?? '')?.reject(lacks[why]),
      );
    };
    const ended = new OsError('connection-lost', 'the host did not answer to its end');
    // Nothing found in part of an answer would count as nothing there.
    const lacks: Readonly<Record<Lack, OsError>> = {
      late: new OsError('connection-lost', `the host did not answer this in ${questionLimitS.toString()} s`),
      long: new OsError('host-refused', 'the host answers this with too much to read'),
    };
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

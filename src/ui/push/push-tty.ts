import type { Clock } from '../../core/clock.ts';
import type { PushEvent } from '../../release/apply/events.ts';
import { holdSteps } from './hold-steps.ts';
import type { Output } from '../output.ts';
import { pushLines, writeLines } from './push-lines.ts';
import type { PushReporter, PushReporterOptions } from './push-report.ts';
import { emptyPushView, isIdle, nextPushView, renderPushView } from './push-view.ts';

const frameMs = 80;

/** For a person: work under way stays at the bottom, finished work scrolls away above it. */
export function ttyPush(output: Output, options: PushReporterOptions, clock: Clock): PushReporter {
  const render = pushLines(options, output.styleTalk);
  let steps = holdSteps();
  let view = emptyPushView([]);
  let drawing: AbortController | undefined;

  const print = (events: readonly PushEvent[]): void => {
    for (const event of events) writeLines(output, render(event));
  };
  const draw = (): void => {
    const frame = { nowMs: clock.nowMs(), columns: output.columns(), rows: output.rows() };
    output.showBelow(renderPushView(view, { ...frame, style: output.styleTalk }));
  };
  const keepDrawing = async ({ signal }: AbortController): Promise<void> => {
    while (!signal.aborted) {
      draw();
      await clock.sleep(frameMs, signal).catch(() => undefined);
    }
  };
  const stop = (): void => {
    drawing?.abort();
    drawing = undefined;
    output.showBelow([]);
  };
  const settle = (): void => {
    print(steps.end());
    steps = holdSteps();
    view = emptyPushView(view.services);
    stop();
  };
  return {
    report(event) {
      const nowMs = clock.nowMs();
      print(steps.next(event, nowMs));
      view = nextPushView(view, event, nowMs);
      if (isIdle(view)) stop();
      else if (drawing === undefined) {
        drawing = new AbortController();
        void keepDrawing(drawing);
      }
    },
    settle,
    [Symbol.dispose]: settle,
  };
}

import { parseTarget } from '../../../device/target.ts';
import { reachHost } from '../../../reach/host/reach-host.ts';
import { hostScript } from '../../../top/host-usage.ts';
import type { Output } from '../../../ui/output.ts';
import { reachContext } from '../../terminal/reach-context.ts';
import type { TopDependencies } from '../top.ts';

/** Reads the samples of the host over SSH. Nobody is asked for a passphrase: the screen is being drawn on. */
export const streamHost = (output: Output): TopDependencies['streamHost'] =>
  async function* ({ device, identityFile }, signal) {
    const target = parseTarget(device ?? '');
    const { session } = await reachHost(
      { target: { ...target, port: null }, identityFile },
      { ...reachContext(output, signal), askPassphrase: undefined },
    );
    try {
      const running = await session.exec(hostScript, { signal });
      running.stdin.end();
      running.stderr.resume();
      // A reader that stops ends the connection, and that the script.
      running.ended.catch(() => undefined);
      yield* running.stdout as AsyncIterable<Buffer>;
      await running.ended;
    } finally {
      await session[Symbol.asyncDispose]();
    }
  };

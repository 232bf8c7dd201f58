import { chooseTarget } from '../device/choose-target.ts';
import { readProjectDevice } from '../device/project-device.ts';
import type { DeviceTarget } from '../device/target.ts';
import { browse } from './find/browse.ts';
import type { ReachContext } from './reach-context.ts';

/** The device that a command is for; see `chooseTarget`. `named` is what the command line says. */
export function chooseDevice(named: string | undefined, context: ReachContext): Promise<DeviceTarget> {
  return chooseTarget(
    named,
    {
      environment: process.env['OS_DEVICE'],
      readProjectDevice: () => readProjectDevice(process.cwd()),
      browse: (signal, onChange) => browse(signal, context, { onChange }),
      pick: context.pickDevice ?? null,
      note: context.note,
    },
    context.signal,
  );
}

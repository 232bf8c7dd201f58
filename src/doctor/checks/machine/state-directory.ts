import { machineCheck } from '../../check.ts';
import { ok, warning } from '../../finding.ts';

interface Input {
  readonly directory: string;
  readonly failure: string | null;
}

export const stateDirectory = machineCheck({
  id: 'state-directory',
  title: 'memory of devices',
  read: async (machine): Promise<Input> => ({
    directory: machine.stateDirectory,
    failure: await machine.tryWrite(machine.stateDirectory),
  }),
  judge: ({ directory, failure }: Input) =>
    failure === null
      ? ok(directory)
      : warning(
          `${directory} cannot be written (${failure}): devices and host keys are not remembered`,
          'make it writable, or set XDG_STATE_HOME to a directory that is',
        ),
});

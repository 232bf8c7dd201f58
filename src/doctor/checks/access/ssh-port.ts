import { accessCheck } from '../../check.ts';
import type { EngineAnswer, SshAnswer } from '../../device-answers.ts';
import { blocks, ok, warning } from '../../finding.ts';

interface Input {
  readonly ssh: SshAnswer;
  readonly isEngineOpen: boolean;
}

/** Checks that the SSH server on 22222 answers and lets this user in. */
export const sshPort = accessCheck({
  id: 'ssh-port',
  title: 'SSH port',
  read: async (device): Promise<Input> => ({
    ssh: await device.ssh(),
    isEngineOpen: (await device.engines()).some((it: EngineAnswer) => it.facts !== null),
  }),
  judge: ({ ssh, isEngineOpen }: Input) => {
    if (ssh.failure === null) return ok('22222 lets you in as root');
    const { message } = ssh.failure;
    const evidence = message.startsWith('port 22222: ') ? message : `port 22222: ${message}`;
    const advice =
      ssh.failure.hint ?? 'without it the host is not diagnosed; services still run over the engine port';
    if (ssh.failure.code === 'host-key-changed') return blocks(4, evidence, advice);
    return isEngineOpen ? warning(evidence, advice) : blocks(ssh.isOpen ? 4 : 3, evidence, advice);
  },
});

import { accessCheck } from '../../check.ts';
import type { EngineAnswer, SshAnswer } from '../../device-answers.ts';
import { blocks, ok, warning } from '../../finding.ts';

interface Input {
  readonly engines: readonly EngineAnswer[];
  readonly ssh: Pick<SshAnswer, 'isLoggedIn'>;
}

const describe = ({ port, facts, said }: EngineAnswer): string =>
  facts === null
    ? `${port.toString()} ${said ?? 'no engine there'}`
    : `${port.toString()} engine ${facts.version ?? 'of unknown version'}`;

/** Checks what answers on each port on which engines listen. */
export const enginePort = accessCheck({
  id: 'engine-port',
  title: 'engine port',
  read: async (device): Promise<Input> => ({ engines: await device.engines(), ssh: await device.ssh() }),
  judge: ({ engines, ssh }: Input) => {
    const evidence = engines.map(describe).join(', ');
    if (engines.some(({ facts }) => facts !== null)) return ok(evidence);
    if (ssh.isLoggedIn)
      return warning(
        `${evidence}: closed, as on a production device`,
        'add --via ssh to commands, or open it: os config set developmentMode true --on DEVICE',
      );
    return blocks(
      4,
      `${evidence}: closed, and SSH does not let you in either`,
      'use a development image, or put your SSH key into its config.json (os.sshKeys)',
    );
  },
});

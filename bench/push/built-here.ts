/** One file of an image of 1 GB that is built by Docker on this machine. Another emulated device stands in for that. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { measure } from '../measure.ts';
import { candidatesFor, countSent, projectFiles, type Measured } from './deltas.ts';
import { bootDevice, type Setting } from './setting.ts';

const imageBytes = 1_000_000_000;
/** A network of its own: what is sent there is not counted. */
const subnet = '10.213.240.0/24';

export async function measureBuiltHere(setting: Setting): Promise<Measured> {
  using docker = bootDevice('push-bench-docker', '--supervisor', 'none', '--subnet', subnet);
  const env = { ...setting.env, DOCKER_HOST: `tcp://${docker.address}:2377` };
  const directory = await setting.makeLarge('built-here', imageBytes, projectFiles(['COPY . /data']));
  const edit = (count: number): Promise<void> => writeFile(path.join(directory, 'a.txt'), count.toString());
  const { ours } = candidatesFor({ ...setting, env }, directory, edit);
  const push = { ...ours, name: 'os push built here, 1 GB', args: [...ours.args, '--build-on', 'local'] };
  const [row] = await measure([push], 1, { hasResources: false });
  if (row === undefined) throw new Error('nothing was measured');
  const sentBytes = await countSent(setting, push);
  return {
    rows: [row],
    claims: [
      {
        what: 'sent for one file of an image of 1 GB built here',
        value: sentBytes / 1000,
        unit: 'kB',
        atMost: 300,
      },
    ],
  };
}

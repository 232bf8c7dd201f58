import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tool } from './make-image.ts';

/** An image that has a boot partition alone. */
export async function makeSmallImage(directory: string): Promise<string> {
  const [image, config] = [path.join(directory, 'os.img'), path.join(directory, 'config.json')];
  await writeFile(config, '{"deviceType":"raspberrypi3"}');
  await tool('truncate', ['-s', '6M', image]);
  await tool('sfdisk', ['-q', image], 'label: dos\nstart=1MiB, size=4MiB, type=e\n');
  await tool('mkfs.vfat', ['-F', '16', '-s', '1', '-n', 'resin-boot', '--offset', '2048', image, '4096']);
  await tool('mcopy', ['-i', `${image}@@1048576`, config, '::/config.json']);
  return image;
}

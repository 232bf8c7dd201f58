import type { FatDirectory } from './directory.ts';
import { damagedFat } from './fat-table.ts';
import { readDirectory, readRoot, type FatVolume } from './read-volume.ts';

const deepest = 32;
const mostEntries = 100_000;

/**
 * Walks the whole tree and throws OsError `image-invalid` where writing could make damage worse: a chain that leads
 * nowhere, that is too short for its file, or that belongs to two entries. Clusters that belong to nothing are harmless.
 */
export async function checkVolume(volume: FatVolume): Promise<void> {
  const { table, geometry } = volume;
  const owner = new Uint8Array(geometry.clusters + 2);
  let entries = 0;
  const claim = (clusters: readonly number[], name: string): void => {
    for (const cluster of clusters) {
      if (owner[cluster] !== 0) throw damagedFat(`${JSON.stringify(name)} shares clusters with another file`);
      owner[cluster] = 1;
    }
  };
  const walk = async (directory: FatDirectory, depth: number): Promise<void> => {
    if (depth > deepest) throw damagedFat('its directories are nested too deep');
    for (const entry of directory.entries) {
      entries += 1;
      if (entries > mostEntries) throw damagedFat('it has too many files');
      if (entry.isDirectory) {
        const inner = await readDirectory(volume, entry);
        claim(inner.clusters, entry.name);
        await walk(inner, depth + 1);
      } else if (entry.firstCluster !== 0) {
        const clusters = table.chain(entry.firstCluster);
        if (clusters.length * geometry.clusterBytes < entry.sizeBytes)
          throw damagedFat(`${JSON.stringify(entry.name)} has fewer clusters than its size needs`);
        claim(clusters, entry.name);
      } else if (entry.sizeBytes > 0)
        throw damagedFat(`${JSON.stringify(entry.name)} has a size but no clusters`);
    }
  };
  const root = await readRoot(volume);
  claim(root.clusters, '/');
  await walk(root, 0);
}

/** Labels as docker compose v2 sets them (its pkg/api/labels.go), so that its tools understand what we make; and our own. */
export const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneoff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
  version: 'com.docker.compose.version',
  workingDirectory: 'com.docker.compose.project.working_dir',
  configFiles: 'com.docker.compose.project.config_files',
  dependsOn: 'com.docker.compose.depends_on',
  image: 'com.docker.compose.image',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
} as const;

/** The release of docker compose whose labels these are. */
export const composeVersion = '2.39.0';

export const ourLabels = {
  /** On every object that `os` makes. */
  made: 'os.made',
  /** Of a lock: whose it is. */
  lock: 'os.lock',
  /** The process that holds it, for others on the same machine. */
  holder: 'os.lock.holder',
  knock: 'os.lock.knock',
  /** Of a volume that holds build secrets while a build runs: whose. */
  secrets: 'os.build.secrets',
} as const;

/** What earlier tools for these devices look for. */
export const localLabels = (service: string): Record<string, string> => ({
  'io.resin.local.image': '1',
  'io.resin.local.service': service,
});

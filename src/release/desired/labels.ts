/** Labels of docker compose v2 (its pkg/api/labels.go), so that its tools understand our objects; and our own. */
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
  /** On every object that `os` creates. */
  made: 'os.made',
  /** On containers and volumes: the project's name before it was made to fit, and the machine that it was pushed from. */
  givenName: 'os.project.name',
  machine: 'os.project.machine',
  /** On a lock: its holder. */
  lock: 'os.lock',
  /** The process that holds the lock, for others on the same machine. */
  holder: 'os.lock.holder',
  /** On a volume by which a process probes a lock's holder: the project. The value is frozen, since versions mix. */
  probe: 'os.lock.probe',
  /** On the volume of a live session: the project. */
  session: 'os.session',
  /** On it: who has the session, where and since when, as JSON. */
  sessionOwner: 'os.session.owner',
  /** On a container that is never started, by which files of an image or a volume are read: the project. */
  look: 'os.look',
  /** On the mark of a volume that is being copied to: the project, and both volumes. */
  copy: 'os.copy',
  copyFrom: 'os.copy.from',
  copyTo: 'os.copy.to',
  /** On the mark of a copy that is complete: the project, the runner that it is for, and when the copy was created. */
  copied: 'os.copied',
  copyFor: 'os.copied.for',
  copyCreated: 'os.copied.created',
  /** On the record of a setting that overrides update locks: its value of before. */
  override: 'os.override',
  /** On a volume that contains build secrets during a build: its owner. */
  secrets: 'os.build.secrets',
} as const;

/** Labels that earlier tools for these devices look for. */
export const localLabels = (service: string): Record<string, string> => ({
  'io.resin.local.image': '1',
  'io.resin.local.service': service,
});

/** True for the names that Docker and its kin give to bridges. */
export const isBridge = (name: string): boolean =>
  /^(?:docker\d|br-[0-9a-f]{8,}|podman\d|cni\d|balena\d)/.test(name);

/** True for interfaces that lead to containers of this machine alone: bridges, and their ends of containers' links. */
export const isOfContainers = (name: string): boolean => isBridge(name) || name.startsWith('veth');

/** The only door to dockerode. */
import type Docker from 'dockerode';
import type { Agent } from 'node:http';

/** Opens a client whose connections `agent` makes. Ignores the user's Docker environment. */
export async function openDockerode(agent: Agent, apiVersion: string): Promise<Docker> {
  const { default: Dockerode } = await import('dockerode');
  // The constructor reads DOCKER_HOST and related variables even if every option is given.
  const { DOCKER_HOST: dockerHost } = process.env;
  delete process.env['DOCKER_HOST'];
  try {
    const options: Docker.DockerOptions & { readonly agent: Agent } = {
      // The agent chooses the destination; a path avoids the library's parsing of URLs.
      socketPath: 'engine',
      protocol: 'http',
      version: `v${apiVersion}`,
      agent,
    };
    return new Dockerode(options);
  } finally {
    if (dockerHost !== undefined) process.env['DOCKER_HOST'] = dockerHost;
  }
}

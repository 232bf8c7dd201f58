const names = ['balena_supervisor', 'resin_supervisor'];

/** True for the name of the container of an on-device supervisor. */
export const isSupervisorName = (name: string): boolean => names.includes(name);

/**
 * Maximum number of open files and sockets of this process; undefined if the system does not report
 * it. Read once, when the process starts: the report also describes all threads and sockets, and
 * takes 10 ms and more as soon as there are some.
 */
export const DESCRIPTOR_LIMIT = readDescriptorLimit();

function readDescriptorLimit(): number | undefined {
  // The report is a plain object whose form differs between systems.
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: unknown } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}

/**
 * Maximum number of open files and sockets of this process; undefined if the system does not report
 * it.
 */
export function descriptorLimit(): number | undefined {
  // The report is a plain object whose form differs between systems.
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: unknown } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}

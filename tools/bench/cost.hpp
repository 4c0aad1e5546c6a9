#pragma once

#include <chrono>
#include <sys/types.h>

namespace tier2::bench {

using seconds = std::chrono::duration<double>;

/// Processor time of this process so far, all threads.
seconds own_cpu();

/// Processor time of another process's main thread so far: from the scheduler in nanoseconds where the kernel
/// tells it (/proc/PID/schedstat), else in ticks (/proc/PID/stat).
seconds cpu_of(pid_t process);

} // namespace tier2::bench

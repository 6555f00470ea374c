// Package term is what commands show: streams, bars, lines about long work, wrapped and escaped text.
package term

import "io"

// Streams are where a command writes: results to Out, progress and logs to Err.
type Streams struct{ Out, Err io.Writer }

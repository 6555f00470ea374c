package cli

import "io"

// streams are where a command writes: results to out, progress and logs to err.
type streams struct{ out, err io.Writer }

// Package flags has the flags that several commands share, each registered in one place, and what is said about a
// mistake in them: usage errors, groups and tables of help, and the text of errors, in which settings of package run
// are called by their flags.
package flags

import "fmt"

// UsageError marks what the user typed as wrong, as opposed to work that failed.
type UsageError struct{ error }

// Unwrap returns the error that is marked.
func (e UsageError) Unwrap() error { return e.error }

// Usagef is fmt.Errorf for a mistake on the command line or in a config file: exit code 2.
func Usagef(format string, args ...any) error { return UsageError{fmt.Errorf(format, args...)} }

// Usage marks an error as one of what the user typed.
func Usage(err error) error { return UsageError{err} }

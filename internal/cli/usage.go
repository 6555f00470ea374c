package cli

import "fmt"

// usageError marks what the user typed as wrong, as opposed to work that failed.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef is fmt.Errorf for a mistake on the command line or in a config file: exit code 2.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// asUsage marks an error as one of what the user typed.
func asUsage(err error) error { return usageError{err} }

// Package cli is the amgen command: one file a sub-command, each an options struct, its validation, and a run
// function that composes the library. Results go to stdout, progress and logs to stderr.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Exit codes of the amgen command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// usageError marks what the user typed as wrong, as opposed to work that failed.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef is fmt.Errorf for a mistake on the command line or in a config file: exit code 2.
func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// streams are where a command writes: results to out, progress and logs to err.
type streams struct{ out, err io.Writer }

// Main runs the amgen command line and returns its exit code: 0 done, 1 failed, 2 wrong usage, 130, 143 or
// 129 ended by SIGINT, SIGTERM or SIGHUP with the state saved. An error is one line on stderr; --debug adds where it came from.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, streams{stdout, stderr}) }()
	select {
	case code := <-code:
		return code
	case <-unanswered(ctx):
		fmt.Fprintln(stderr, "amgen: interrupted")
		return interruptedCode(ctx)
	}
}

func run(ctx context.Context, args []string, std streams) int {
	std.err = escaping{std.err}
	var debug, started bool
	root := newRoot(std)
	root.PersistentFlags().BoolVar(&debug, "debug", false, "print where an error came from")
	root.PersistentPreRun = func(*cobra.Command, []string) { started = true }
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errInterrupted) || ctx.Err() != nil && errors.Is(err, ctx.Err()):
		fmt.Fprintln(std.err, "amgen: interrupted")
		return interruptedCode(ctx)
	}
	if debug {
		fmt.Fprintf(std.err, "amgen: %s\n%+v\n", oneLine(err.Error()), origin(err))
	} else {
		fmt.Fprintf(std.err, "amgen: %s\n", oneLine(err.Error()))
	}
	if !started || errors.As(err, &usage) { // cobra fails before a command starts only on what was typed
		return exitUsage
	}
	return exitFailed
}

func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "amgen",
		Short: "Train Action Matching models and sample from them",
		Long: "amgen trains an action s(t, x) by Action Matching (Neklyudov et al., ICML 2023), and generates images or points\n" +
			"by solving dx/dt = ∇ₓs(t, x) from noise at t = 0 to data at t = 1.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the flags", plainFlag(err), cmd.CommandPath())
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newTrain(std), newSample(std), newEval(std), newData(std), newWeights(std), newBench(std), newVersion(std))
	wrapHelp(root)
	explainArgs(root)
	return root
}

// origin is the innermost error that prints more than its message with %+v: its stack, where it was recorded.
func origin(err error) error {
	deepest := err
	for ; err != nil; err = errors.Unwrap(err) {
		if _, ok := err.(fmt.Formatter); ok {
			deepest = err
		}
	}
	return deepest
}

// oneLine joins the lines of a message, so that an error is one line on the terminal and in a log. What a stranger's file has in it
// can't control the terminal.
func oneLine(s string) string {
	return printable(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; "), 4000)
}

// printable is a text of which each rune that isn't seen, such as the beginning of a terminal's command, is written as in Go. It has
// some limit runes at most, and then an ellipsis.
func printable(s string, limit int) string {
	var b strings.Builder
	for at := 0; at < len(s); {
		if limit <= 0 {
			b.WriteRune('…')
			break
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		if visible := strconv.IsPrint(r) && (r != utf8.RuneError || size > 1); visible {
			b.WriteRune(r)
			limit--
		} else {
			quoted := strconv.QuoteToASCII(s[at : at+size])
			b.WriteString(quoted[1 : len(quoted)-1])
			limit -= len(quoted) - 2
		}
		at += size
	}
	return b.String()
}

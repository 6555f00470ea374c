// Package cli is the amgen command: one file a sub-command, each an options struct, its validation, and a run
// function that composes the library. Results go to stdout, progress and logs to stderr.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/run"
)

// Exit codes of the amgen command.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitSignal      = 128 // and the signal's number, as shells have it
	exitInterrupted = 130
)

// Main runs the amgen command line and returns its exit code: 0 done, 1 failed, 2 wrong usage, 130, 143 or 129 ended by
// SIGINT, SIGTERM or SIGHUP with the state saved. An error is one line on stderr; --debug adds where it came from.
func Main(args []string, stdout, stderr io.Writer) int {
	collectBeforeLimit()
	ctx, stop := untilSignal(context.Background())
	defer stop()
	var handled atomic.Bool // signals, by the command itself
	p := program{streams{stdout, stderr}, trainHost{handlesSignals: func() { handled.Store(true) }}}
	code := make(chan int, 1)
	go func() { code <- p.execute(ctx, args) }()
	select {
	case code := <-code:
		return code
	case <-unanswered(ctx, &handled):
		fmt.Fprintln(stderr, "amgen: interrupted")
		return interruptedCode(ctx)
	}
}

// program is what all commands have in common.
type program struct {
	std      streams
	training trainHost
}

// execute runs a command line and returns its exit code.
func (p program) execute(ctx context.Context, args []string) int {
	std := p.std
	std.err = escaping{std.err}
	var debug, started bool
	out := &results{Writer: std.out}
	std.out = out
	root := program{std, p.training}.root()
	root.PersistentFlags().BoolVar(&debug, "debug", false, "print where an error came from")
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		started = true
		return checkNames(cmd, args)
	}
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err, started = out.err, true
	}
	var usage usageError
	var config run.ConfigError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		fmt.Fprintln(std.err, "amgen: interrupted")
		return interruptedCode(ctx)
	case out.err != nil && errors.Is(err, syscall.EPIPE): // whoever read the results has what he wanted, as `head`
		return exitSignal + int(syscall.SIGPIPE)
	}
	if debug {
		fmt.Fprintf(std.err, "amgen: %s\n%+v\n", errorLine(err), origin(err))
	} else {
		fmt.Fprintf(std.err, "amgen: %s\n", errorLine(err))
	}
	// cobra fails before a command starts only on what was typed
	if !started || errors.As(err, &usage) || errors.As(err, &config) {
		return exitUsage
	}
	return exitFailed
}

// root is the command amgen with all below it.
func (p program) root() *cobra.Command {
	var version bool
	std, training := p.std, p.training
	training.ownReport = isReport
	root := &cobra.Command{
		Use:   "amgen",
		Short: "Train Action Matching models and sample from them",
		Long: "Train an action s(t, x) by Action Matching (Neklyudov et al., ICML 2023), and generate images or " +
			"points by solving dx/dt = ∇ₓs(t, x) from noise at t = 0 to data at t = 1.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return printVersion(std.out)
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version, the Go release and the backends compiled in")
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; `%s --help` lists the flags", plainFlag(err), cmd.CommandPath())
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newTrain(std, training), newSample(std), newEval(std), newData(std), newWeights(std), newBench(std),
		newVersion(std))
	wrapHelp(root)
	readIntegers(root)
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

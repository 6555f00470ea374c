// Package cli is the amgen command: the root of the commands, exit codes, signals and giving up. Each command is a
// package below: an options struct, its validation, and a run function that composes the library. Results go to stdout,
// progress and logs to stderr.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amgen/amgen/internal/cli/bench"
	"github.com/amgen/amgen/internal/cli/complete"
	"github.com/amgen/amgen/internal/cli/data"
	"github.com/amgen/amgen/internal/cli/edit"
	"github.com/amgen/amgen/internal/cli/evaluate"
	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/memory"
	"github.com/amgen/amgen/internal/cli/models"
	"github.com/amgen/amgen/internal/cli/points"
	"github.com/amgen/amgen/internal/cli/report"
	"github.com/amgen/amgen/internal/cli/runs"
	"github.com/amgen/amgen/internal/cli/sample"
	"github.com/amgen/amgen/internal/cli/serve"
	"github.com/amgen/amgen/internal/cli/sweep"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/cli/train"
	"github.com/amgen/amgen/internal/cli/weights"
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
	memory.CollectBeforeLimit()
	ctx, stop := untilSignal(context.Background())
	defer stop()
	var handled atomic.Bool // signals, by the command itself
	p := program{term.Streams{Out: stdout, Err: stderr}, train.Host{HandlesSignals: func() { handled.Store(true) }}}
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
	std      term.Streams
	training train.Host
}

// execute runs a command line and returns its exit code.
func (p program) execute(ctx context.Context, args []string) int {
	std := p.std
	std.Err = term.Escaping{Writer: std.Err}
	var debug, offline, started bool
	out := &term.Results{Writer: std.Out}
	std.Out = out
	root := program{std, p.training}.root()
	root.PersistentFlags().BoolVar(&debug, "debug", false, "print the stack trace of an error")
	root.PersistentFlags().BoolVar(&offline, "offline", false, "download nothing, and fail if a file isn't in the "+
		"cache, as with AMGEN_OFFLINE=1")
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		started = true
		if offline {
			if err := os.Setenv("AMGEN_OFFLINE", "1"); err != nil {
				return fmt.Errorf("--offline: %w", err)
			}
		}
		return flags.CheckNames(cmd, args)
	}
	root.SetArgs(args)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		complete.Plain(root)
	}
	err := root.ExecuteContext(ctx)
	if err == nil {
		err, started = out.Err, true
	}
	var usage flags.UsageError
	var config run.ConfigError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		fmt.Fprintln(std.Err, "amgen: interrupted")
		return interruptedCode(ctx)
	case out.Err != nil && errors.Is(err, syscall.EPIPE): // whoever read the results has what he wanted, as `head`
		return exitSignal + int(syscall.SIGPIPE)
	}
	if debug {
		fmt.Fprintf(std.Err, "amgen: %s\n%+v\n", flags.ErrorText(err), origin(err))
	} else {
		fmt.Fprintf(std.Err, "amgen: %s\n", flags.ErrorText(err))
	}
	// cobra fails before a command starts only on what was typed
	if !started || errors.As(err, &usage) || errors.As(err, &config) || isMissing(err, args) {
		return exitUsage
	}
	return exitFailed
}

// root is the command amgen with all below it.
func (p program) root() *cobra.Command {
	var version bool
	std, training := p.std, p.training
	training.OwnReport = evaluate.IsReport
	root := &cobra.Command{
		Use:   "amgen",
		Short: "Train Action Matching models and sample from them",
		Long: "Train an action s(t, x) by Action Matching (Neklyudov et al., ICML 2023), and generate images or " +
			"points by solving dx/dt = ∇ₓs(t, x) from noise at t = 0 to data at t = 1.\n\n" +
			"Downloads and cached features are kept in $AMGEN_CACHE (default: amgen in the user's cache folder). " +
			"--offline or AMGEN_OFFLINE=1 turns downloads off. Exit codes: 0 done, 1 failed, 2 wrong usage; 129, 130 " +
			"and 143 ended by a signal, with the state saved. `amgen completion --help` says how to set up a shell's " +
			"completion.",
		Example: "  amgen train --dataset mnist --preset tiny --steps 300 --out runs/first\n" +
			"  amgen sample --run runs/first -n 64 -o grid.png\n" +
			"  amgen eval fid --run runs/first -n 1000",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return printVersion(std.Out)
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&version, "version", false, "print the version, the Go release and the backends compiled in")
	root.SetOut(std.Out)
	root.SetErr(std.Err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if unknown := unknownCommand(cmd); unknown != nil {
			return unknown
		}
		return fmt.Errorf("%w; %s`%s --help` lists the flags", plainFlag(err), meantFlag(cmd, err), cmd.CommandPath())
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(train.New(std, training), sweep.New(std, p.sweeping()), sample.New(std), edit.New(std),
		evaluate.New(std), points.New(std), data.New(std), weights.New(std), models.New(std), runs.New(std),
		runs.NewWatch(std), report.New(std), serve.New(std), bench.New(std), newVersion(std), newMan(std))
	describeHelp(root)
	describeCompletion(root)
	wrapHelp(root)
	flags.ReadIntegers(root)
	explainArgs(root)
	complete.Register(root)
	return root
}

// sweeping is the command train as a sweep uses it: without a result on stdout.
func (p program) sweeping() sweep.Host {
	return sweep.Host{
		Flags:  func() *pflag.FlagSet { return train.New(p.std, p.training).Flags() },
		Settle: train.Settle,
		Train: func(ctx context.Context, args []string) error {
			quiet := p
			quiet.std.Out = io.Discard
			root := quiet.root()
			root.SetArgs(append([]string{"train"}, args...))
			return root.ExecuteContext(ctx)
		},
	}
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

package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// signalled is the cause of a context that ended by a signal. It counts as [context.Canceled].
type signalled struct{ syscall.Signal }

func (s signalled) Error() string { return s.String() }

// Is implements what [errors.Is] asks.
func (signalled) Is(target error) bool { return target == context.Canceled }

// untilSignal is a context that ends with the first SIGINT, SIGTERM or SIGHUP. A second one ends the process, except
// for SIGHUP, of which a closing terminal sends several. Under nohup SIGHUP stays ignored. If the reader of the output
// ends, as `tee` on Ctrl-C, amgen goes on: SIGPIPE is caught, so that writing fails and the work can be saved.
func untilSignal(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // nobody listens: the error of the write tells
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		select {
		case got := <-signals:
			signal.Ignore(syscall.SIGHUP)
			signal.Stop(signals)
			number, _ := got.(syscall.Signal)
			cancel(signalled{number})
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// longestAnswer is the time after a signal at which work is abandoned that still computes, or waits for a file. Its
// files appear by renames, so that none is left unfinished.
const longestAnswer = 4 * time.Second

// unanswered is closed when a signal hasn't been handled for too long, unless the work handles it itself.
func unanswered(ctx context.Context, handled *atomic.Bool) <-chan struct{} {
	late := make(chan struct{})
	context.AfterFunc(ctx, func() {
		time.AfterFunc(longestAnswer, func() {
			if !handled.Load() {
				close(late)
			}
		})
	})
	return late
}

// interruptedCode is the exit code of work that a signal ended: 128 plus its number, as in shells.
func interruptedCode(ctx context.Context) int {
	var s signalled
	if errors.As(context.Cause(ctx), &s) {
		return exitSignal + int(s.Signal)
	}
	return exitInterrupted
}

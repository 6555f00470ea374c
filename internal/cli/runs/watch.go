package runs

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/amgen/amgen/internal/cli/flags"
	"github.com/amgen/amgen/internal/cli/term"
	"github.com/amgen/amgen/internal/duration"
	"github.com/amgen/amgen/internal/terminal"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/lock"
	"github.com/amgen/amgen/run/summary"
	"github.com/amgen/amgen/run/train"
)

const (
	watchEvery = time.Second
	lineEvery  = 10 * time.Second // without a terminal
	silence    = 2 * time.Minute  // after which a run may have stopped
)

// NewWatch is the command `amgen watch`.
func NewWatch(std term.Streams) *cobra.Command {
	return &cobra.Command{
		Use: "watch RUN", Short: "Show how a run that trains elsewhere is getting on",
		Long: "Follow the log of a run that another process trains, perhaps on another machine that shares the disk: " +
			"step, loss and whether it falls, speed and time left, until the last step, the end of its process on " +
			"this machine, or Ctrl-C. Nothing is written, so training isn't disturbed. The loss is the mean of ten " +
			"lines of the log; it falls or rises if it differs from the mean of the ten before by more than their " +
			"standard error.",
		Example: "  amgen watch runs/cifar",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := summary.Of(run.Dir(args[0]))
			if err != nil {
				return flags.Usage(err)
			}
			if s.State == summary.Damaged {
				return fmt.Errorf("%s is damaged: %s", args[0], s.Why)
			}
			return watch(cmd.Context(), s, std)
		},
	}
}

// watch follows a run's log.
func watch(ctx context.Context, s summary.Summary, std term.Streams) error {
	follower := train.NewFollower(s.Dir.File(run.StatsName))
	bar := term.NewStepBar(std.Err, s.Config.Steps)
	defer bar.Clear()
	shown, grew, told, printed := 0, time.Now(), false, time.Time{}
	wasEnded := false
	for ; ; wait(ctx, watchEvery) {
		lines, err := follower.Lines()
		if err != nil {
			return err
		}
		if len(lines) > 0 && lines[len(lines)-1].Step != shown {
			last := lines[len(lines)-1]
			shown, grew, told = last.Step, time.Now(), false
			bar.Describe(progress(lines))
			bar.Set(int64(last.Step))
			if done := last.Step >= s.Config.Steps; !bar.Visible() && (done || time.Since(printed) >= lineEvery) {
				fmt.Fprintf(std.Err, "watch: step %d/%d, %s\n", last.Step, s.Config.Steps, progress(lines))
				printed = time.Now()
			}
		}
		switch {
		case shown >= s.Config.Steps:
			bar.Clear()
			fmt.Fprintf(std.Err, "watch: all %d steps are done\n", s.Config.Steps)
			return nil
		case ctx.Err() != nil:
			return nil
		case !told && time.Since(grew) > silence:
			bar.Clear()
			fmt.Fprintf(std.Err, "watch: no step was logged for %s; the run may have stopped\n",
				duration.Text(time.Since(grew).Seconds()))
			told = true
		}
		ended := lock.Ended(string(s.Dir))
		if ended && wasEnded { // the log has been read since
			bar.Clear()
			return tellStopped(s.Dir, std)
		}
		wasEnded = ended
	}
}

// tellStopped says how far a run has come that nobody trains.
func tellStopped(dir run.Dir, std term.Streams) error {
	s, err := summary.Of(dir)
	if err != nil {
		return err
	}
	step := max(s.Step, s.Saved)
	if s.Saved == 0 {
		fmt.Fprintf(std.Err, "watch: stopped at step %d/%d, and none of it is saved\n", step, s.Config.Steps)
		return nil
	}
	fmt.Fprintf(std.Err, "watch: stopped at step %d/%d; `amgen train --resume --out %s` continues the run from "+
		"step %d\n", step, s.Config.Steps, terminal.Word(string(dir)), s.Saved)
	return nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// progress says what the end of a log tells.
func progress(lines []train.Stat) string {
	last := lines[len(lines)-1]
	loss, trend := trendOf(lines)
	return fmt.Sprintf("loss %.5g%s, %.1f/s%s", loss, trend, last.Rate(), duration.Left(last.ETA))
}

// trendOf is the mean loss of the last ten lines, and whether it differs from that of the ten before.
func trendOf(lines []train.Stat) (loss float64, trend string) {
	const each = summary.LossLines
	after := lines[max(0, len(lines)-each):]
	loss, error2 := meanLoss(after)
	if len(lines) < 2*each {
		return loss, ""
	}
	before, beforeError2 := meanLoss(lines[len(lines)-2*each : len(lines)-each])
	switch bound := math.Sqrt(error2 + beforeError2); {
	case loss < before-bound:
		return loss, ", falling"
	case loss > before+bound:
		return loss, ", rising"
	}
	return loss, ", level"
}

// meanLoss is the mean loss of lines, and the square of its standard error.
func meanLoss(lines []train.Stat) (mean, error2 float64) {
	n := float64(len(lines))
	for _, l := range lines {
		mean += l.Loss / n
	}
	for _, l := range lines {
		error2 += (l.Loss - mean) * (l.Loss - mean) / max(1, n*(n-1))
	}
	return mean, error2
}

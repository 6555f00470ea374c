// Servebench measures whether an open page of `amgen serve` makes training slower: make bench-serve. The same run is
// trained alone and with a page open, in turns, and the last checkpoints have to be the same bits.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var (
	amgen  = flag.String("amgen", "bin/amgen", "the program")
	rounds = flag.Int("rounds", 5, "trainings of each kind")
	steps  = flag.Int("steps", 200, "steps of a training")
)

// skipped steps are those in which the processor's caches and clocks settle.
const skipped = 20

func main() {
	flag.Parse()
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "servebench:", err)
		os.Exit(1)
	}
}

// measure trains in turns, and prints the milliseconds of a step.
func measure() error {
	if *rounds < 1 || *steps <= skipped+1 {
		return fmt.Errorf("%d rounds of %d steps; take one round at least, and more than %d steps", *rounds, *steps,
			skipped+1)
	}
	dir, err := os.MkdirTemp("", "servebench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	alone, beside, ratios := []float64{}, []float64{}, []float64{}
	var bits []byte
	for k := range *rounds {
		pair := map[bool]float64{}
		for _, open := range []bool{k%2 == 1, k%2 == 0} { // who is first changes
			ms, now, err := train(dir, open)
			if err != nil {
				return err
			}
			if bits == nil {
				bits = now
			}
			if !bytes.Equal(bits, now) {
				return errors.New("the checkpoints aren't the same bits")
			}
			pair[open] = ms
		}
		alone, beside = append(alone, pair[false]), append(beside, pair[true])
		ratios = append(ratios, pair[true]/pair[false])
		fmt.Printf("round %d: alone %.2f ms a step, with a page %.2f ms\n", k+1, pair[false], pair[true])
	}
	slices.Sort(ratios)
	fmt.Printf("median of %d rounds: alone %.2f ms, with a page %.2f ms; ratio %.3f (%.3f to %.3f); the same bits\n",
		*rounds, median(alone), median(beside), median(ratios), ratios[0], ratios[len(ratios)-1])
	return nil
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// train trains once, with or without a page open, and returns the milliseconds of a step and the parameters' bytes.
func train(dir string, open bool) (ms float64, bits []byte, err error) {
	runs := filepath.Join(dir, "runs")
	if err := os.RemoveAll(runs); err != nil {
		return 0, nil, err
	}
	if err := os.Mkdir(runs, 0o755); err != nil {
		return 0, nil, err
	}
	if open {
		ctx, end := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		ready := make(chan struct{})
		go func() { ended <- page(ctx, runs, ready) }()
		select {
		case <-ready:
		case err := <-ended:
			end()
			return 0, nil, fmt.Errorf("the page: %w", err)
		}
		defer func() {
			end()
			if wrong := <-ended; wrong != nil && err == nil {
				err = fmt.Errorf("the page: %w", wrong)
			}
		}()
	}
	run := filepath.Join(runs, "one")
	cmd := exec.Command(*amgen, "train", "--dataset", "mnist", "--preset", "tiny", "--seed", "1", "--steps",
		fmt.Sprint(*steps), "--log-every", "1", "--sample-every", "0", "--out", run)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, nil, fmt.Errorf("%s: %w\n%s", cmd, err, out)
	}
	if ms, err = stepTime(filepath.Join(run, "stats.jsonl")); err != nil {
		return 0, nil, err
	}
	bits, err = os.ReadFile(filepath.Join(run, "checkpoints", fmt.Sprintf("step-%06d", *steps), "ema.safetensors"))
	return ms, bits, err
}

// stepTime is the mean of the steps after the first.
func stepTime(log string) (ms float64, err error) {
	file, err := os.Open(log)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var begin, end float64
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var line struct {
			Step    int     `json:"step"`
			Seconds float64 `json:"seconds"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return 0, err
		}
		if line.Step == skipped {
			begin = line.Seconds
		}
		if end = line.Seconds; line.Step == *steps {
			return 1000 * (end - begin) / float64(*steps-skipped), nil
		}
	}
	return 0, errors.New("the log has no last step")
}

// page is a server, and a client that does what the pages do: the list every three seconds, the events of the run and,
// at each, its curves. It closes ready when the server answers.
func page(ctx context.Context, runs string, ready chan struct{}) error {
	cmd := exec.CommandContext(ctx, *amgen, "serve", runs)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return errors.Join(err, cmd.Wait())
	}
	address = strings.TrimSpace(address)
	close(ready)
	done := make(chan int, 1)
	go func() { done <- follow(ctx, address) }()
	for ctx.Err() == nil {
		get(ctx, address+"api/runs")
		select {
		case <-ctx.Done():
		case <-time.After(3 * time.Second):
		}
	}
	events := <-done
	_ = cmd.Wait() // it was told to end
	if events < 2 {
		return fmt.Errorf("it saw %d events of the run; train for longer", events)
	}
	return nil
}

// follow reads the events of the run from when it is there, and counts them.
func follow(ctx context.Context, address string) (events int) {
	for ; ctx.Err() == nil; time.Sleep(200 * time.Millisecond) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"api/events?run=one", nil)
		if err != nil {
			return events
		}
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(answer.Body); lines.Scan() && ctx.Err() == nil; {
			if strings.HasPrefix(lines.Text(), "data: ") {
				events++
				get(ctx, address+"api/curves?run=one&smooth=0.6")
			}
		}
		answer.Body.Close()
	}
	return events
}

// get asks for a page and drops it. What is refused, as while the run isn't there yet, is asked for again anyway.
func get(ctx context.Context, address string) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	if answer, err := http.DefaultClient.Do(q); err == nil {
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
}

package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/cli/term"
)

// TestCellsGuide: each command of the guide to measured cells does its work on cells such as those of the guide, trained
// for a moment.
func TestCellsGuide(t *testing.T) {
	page, err := os.ReadFile("../../docs/guide/cells.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	writeGenes(t)
	commands := 0
	for line := range strings.SplitSeq(string(page), "\n") {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "bin/amgen ")
		if !ok {
			continue
		}
		command, _, _ = strings.Cut(command, "#")
		command, _, _ = strings.Cut(command, " > ")
		args := strings.Fields(command)
		if args[0] == "train" {
			args = append(args, "--steps", "2", "--batch", "8", "--sample-every", "0")
		}
		commands++
		var text bytes.Buffer
		if code := execute(t.Context(), args, term.Streams{Out: &text, Err: &text}); code != exitDone {
			t.Errorf("amgen %s: exit code %d, %s", command, code, &text)
		}
		for i, arg := range args {
			if arg != "-o" {
				continue
			}
			if info, err := os.Stat(args[i+1]); err != nil || info.Size() == 0 {
				t.Errorf("amgen %s wrote no %s: %v", command, args[i+1], err)
			}
		}
	}
	if commands < 12 {
		t.Errorf("found %d commands, want those of the guide", commands)
	}
}

// writeGenes writes branches/genes.csv with a few cells, as growing_branches.py does.
func writeGenes(t *testing.T) {
	t.Helper()
	var text strings.Builder
	text.WriteString("cell,day")
	for gene := range 30 {
		fmt.Fprintf(&text, ",gene%d", gene+1)
	}
	text.WriteString(",type\n")
	for i := range 60 {
		day := []int{2, 4, 5, 7, 10}[i%5]
		fmt.Fprintf(&text, "c%d,%d", i+1, day)
		for gene := range 30 {
			fmt.Fprintf(&text, ",%.3f", float64((i*i+7*gene*i)%11)+float64(day*gene)/30)
		}
		kind := "progenitor"
		if day >= 5 {
			kind = []string{"A", "B"}[i/5%2]
		}
		fmt.Fprintf(&text, ",%s\n", kind)
	}
	if err := os.Mkdir("branches", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("branches", "genes.csv"), []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

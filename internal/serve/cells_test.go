package serve

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/internal/smallrun"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/cells"
	"github.com/amgen/amgen/run/draw"
)

// cellsRun is a run on snapshots of a few cells that was trained for a moment.
func cellsRun(t *testing.T) string {
	t.Helper()
	table := "time,x,y\n"
	for k := range 60 {
		table += fmt.Sprintf("%d,%g,%g\n", k%3, float64(k%3)+0.01*float64(k), 0.1*float64(k%7))
	}
	path := filepath.Join(t.TempDir(), "cells.csv")
	if err := os.WriteFile(path, []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	return smallrun.Train(t, func(c *run.Config) {
		preset, err := run.Preset("snapshots:"+path, "")
		if err != nil {
			t.Fatal(err)
		}
		*c = preset
		c.Objective, c.Steps, c.Batch, c.SampleEvery = "uam", 3, 16, 0
	})
}

// TestShows: the pictures of a run on cells are those that the library draws, and a run has no others.
func TestShows(t *testing.T) {
	dir := runsFolder(t)
	if err := os.Rename(cellsRun(t), filepath.Join(dir, "cells")); err != nil {
		t.Fatal(err)
	}
	_, address := site(t, dir, Options{})
	for name, want := range map[string][]string{"first": {"ways"}, "cells": {"ways", "growth"}} {
		got := get[struct{ Shows []string }](t, address+"/api/run?run="+name)
		if diff := cmp.Diff(want, got.Shows); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	drawn := func(ask, form string) []byte {
		t.Helper()
		status, words := post(t.Context(), t, address, ask)
		if status != http.StatusOK || words[len(words)-1].ID == "" {
			t.Fatalf("%s: %d, %+v", ask, status, words)
		}
		answer, err := http.Get(address + "/api/drawn?form=" + form + "&id=" + words[len(words)-1].ID)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		data, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status, err)
		}
		return data
	}
	r, err := run.Open(t.Context(), filepath.Join(dir, "cells"), run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	samples, err := draw.Collect(draw.Draw(t.Context(), r, draw.Options{N: 20, Times: times()}))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := samples.Trajectories(draw.Layout{})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := imaging.EncodePNG(&want, picture); err != nil {
		t.Fatal(err)
	}
	if got := drawn(`{"run":"cells","show":"ways","n":20}`, "ways"); !bytes.Equal(got, want.Bytes()) {
		t.Error("the ways aren't those of the library")
	}
	measured, err := cells.Of(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	growth, err := measured.Growth(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "growth.png")
	if err := growth.Picture(path, nil); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := drawn(`{"run":"cells","show":"growth"}`, "picture"); !bytes.Equal(got, file) {
		t.Error("the growth isn't that of the library")
	}
	for ask, want := range map[string]string{`{"run":"first","show":"growth"}`: "no measured cells",
		`{"run":"first","show":"fate"}`: "no picture", `{"model":"mnist","n":1,"show":"ways"}`: "have no ways"} {
		if _, words := post(t.Context(), t, address, ask); !strings.Contains(words[len(words)-1].Error, want) {
			t.Errorf("%s: %+v, want %q", ask, words, want)
		}
	}
}

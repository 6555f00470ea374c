package browsertest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const rows = `[...document.querySelectorAll("#runs tbody tr")].map((r) => r.querySelector(".name").textContent).join()`

// TestPages walks the pages as a person does: the table, a run, its film, a comparison.
func TestPages(t *testing.T) {
	s := open(t)
	t.Run("table", s.table)
	t.Run("run", s.run1)
	t.Run("grows", s.grows)
	t.Run("points", s.points)
	t.Run("compare", s.compare)
	t.Run("draw", s.draw)
	t.Run("fill", s.fill)
	t.Run("report", s.report)
	t.Run("looks", s.looks)
	t.Run("damaged", s.damaged)
}

func (s *site) table(t *testing.T) {
	s.do(t, chromedp.Navigate(s.address))
	s.until(t, `document.querySelectorAll("#runs tbody tr").length === 4`)
	s.do(t, chromedp.Click(`//th/button[text()="Run"]`))
	s.until(t, rows+` === "board,cells,first,second"`)
	s.do(t, chromedp.Click(`//th/button[text()="Run"]`))
	s.until(t, rows+` === "second,first,cells,board"`)
	s.do(t, chromedp.SendKeys("#filter", "moons"))
	s.until(t, rows+` === "second,first"`)
	s.until(t, `document.querySelector("#runs tbody .state").textContent === "done"`)
	s.until(t, `document.querySelector("#runs tbody").textContent.includes("mean W₁")`)
	// by keyboard alone: from the filter over the state and the heads of columns to the first run's box
	s.do(t, chromedp.Focus("#runs tbody input"), chromedp.KeyEvent(" "), chromedp.KeyEvent(kb.Tab))
	s.until(t, `document.activeElement.className === "name"`)
	s.until(t, `document.querySelector("#compare").disabled`)
	s.do(t, chromedp.Focus("#runs tbody tr:nth-child(2) input"), chromedp.KeyEvent(" "))
	s.until(t, `document.querySelector("#compare").textContent === "Compare 2"`)
	s.do(t, chromedp.Focus("#compare"), chromedp.KeyEvent(kb.Enter))
	s.until(t, `location.pathname === "/compare"`)
}

func (s *site) run1(t *testing.T) {
	s.do(t, chromedp.Navigate(s.address+"run?run=first"))
	s.until(t, `document.querySelectorAll(".chart path").length === 7`) // three of them smoothed as well
	s.until(t, `document.querySelector(".chart .readout").textContent.includes("step 300")`)
	// the values of the curve are those of the log
	s.until(t, `document.querySelector("#film img").naturalWidth > 0`)
	s.until(t, `document.querySelector("#film output").textContent === "step 300, 3 of 3"`)
	s.do(t, chromedp.Focus("#film input"), chromedp.KeyEvent(kb.ArrowLeft))
	s.until(t, `document.querySelector("#film output").textContent === "step 200, 2 of 3"`)
	s.do(t, chromedp.Click("#film button"))
	s.until(t, `document.querySelector("#film output").textContent === "step 300, 3 of 3"`)
	s.until(t, `document.querySelector("#film button").textContent === "Play"`)
	s.until(t, `document.querySelector("#reports").textContent.includes("marginals")`)
	s.do(t, chromedp.Click("#log"))
	s.until(t, `document.querySelectorAll(".chart path").length === 7`)
	s.pick(t, "#over", "seconds")
	s.until(t, `document.querySelector(".chart svg").textContent.endsWith("s")`)
	s.do(t, chromedp.Focus(".chart svg"), chromedp.KeyEvent(kb.Home))
	s.until(t, `document.querySelector(".chart .readout").textContent.endsWith("at step 1")`)
	s.until(t, `document.querySelectorAll("#other option").length === 4`)
	s.pick(t, "#other", "second")
	s.until(t, `[...document.querySelectorAll("#settings tbody th")].map((h) => h.textContent).join() === "seed,lr" ||
		[...document.querySelectorAll("#settings tbody th")].map((h) => h.textContent).sort().join() === "lr,seed"`)
	s.do(t, chromedp.Click("#logged summary"))
	s.until(t, `document.querySelectorAll("#lines tbody tr").length === 200`)
}

// grows opens a run that is training, and sees its curve grow.
func (s *site) grows(t *testing.T) {
	start(t, s.dir, s.program, strings.Fields("train --dataset moons --batch 1024 --steps 1000000 --log-every 1 "+
		"--sample-every 0 --out runs/growing")...)
	s.do(t, chromedp.Navigate(s.address))
	s.until(t, `document.querySelector("#runs .training")`)
	s.do(t, chromedp.Navigate(s.address+"run?run=growing"))
	const step = `Number(document.querySelector(".chart .readout").textContent.split("at step ")[1].replaceAll(" ", ""))`
	s.until(t, `document.querySelector(".chart .readout").textContent.includes("at step")`)
	first := evaluate[int](t, s, step)
	began := time.Now()
	s.until(t, fmt.Sprintf("%s > %d", step, first))
	t.Logf("it grew after %s", time.Since(began))
	s.until(t, `document.querySelector("#facts .training")`)
}

// points draws the ways of points and the growth of cells on the page of a run.
func (s *site) points(t *testing.T) {
	s.do(t, chromedp.Navigate(s.address+"run?run=first"))
	s.until(t, `document.querySelectorAll(".show").length === 1`) // its points don't grow
	s.do(t, chromedp.Navigate(s.address+"run?run=cells"))
	s.until(t, `document.querySelectorAll(".show").length === 2`)
	for k, want := range []string{"amgen sample --run ", "amgen points growth --run "} {
		show := fmt.Sprintf(".show:nth-child(%d)", k+1)
		s.do(t, chromedp.Click(show+" button"))
		s.until(t, fmt.Sprintf(`document.querySelector("%s img").naturalWidth > 300`, show))
		s.until(t, fmt.Sprintf(`document.querySelector("%s code").textContent.startsWith("%s")`, show, want))
	}
}

// report opens a page that `amgen report` wrote: nothing is asked for, and a picture is shown.
func (s *site) report(t *testing.T) {
	s.run(t, "report", "runs/first", "runs/second", "runs/board", "runs/cells", "-o", "page.html")
	s.do(t, chromedp.Navigate(s.page()))
	s.until(t, `[...document.images].every((i) => i.naturalWidth > 0) && document.images.length === 6`)
	s.until(t, `document.querySelectorAll(".chart path").length >= 14 && document.scripts.length === 0`)
	s.until(t, `document.body.innerText.includes("can't be compared: their data sets differ")`)
	s.until(t, `getComputedStyle(document.querySelector(".chart path")).stroke !== "none"`)
}

func (s *site) compare(t *testing.T) {
	s.do(t, chromedp.Navigate(s.address+"compare?run=first&run=second"))
	s.until(t, `document.querySelectorAll(".chart path").length === 14`)
	s.until(t, `document.querySelector("#unlike").hidden && document.querySelectorAll("#scores tbody tr").length === 1`)
	s.until(t, `[...document.querySelectorAll("#sides img")].filter((i) => i.naturalWidth > 0).length === 2`)
	s.do(t, chromedp.Navigate(s.address+"compare?run=first&run=board"))
	s.until(t, `document.querySelector("#unlike").textContent.includes("can't be compared: their data sets differ")`)
	s.until(t, `[...document.querySelectorAll(".chart")].filter((c) => !c.hidden).length === 2`)
	s.do(t, chromedp.Navigate(s.address+"compare?run=first"))
	s.until(t, `document.querySelector("#problem").textContent === "name 2 to 16 runs"`)
	s.mu.Lock() // the browser says that the last was refused
	defer s.mu.Unlock()
	s.faults = nil
}

// damaged opens a run whose config.toml can't be read: the page has its log, the reason and no settings.
func (s *site) damaged(t *testing.T) {
	if err := os.WriteFile(filepath.Join(s.dir, "runs/board/config.toml"), []byte("= ="), 0o644); err != nil {
		t.Fatal(err)
	}
	s.do(t, chromedp.Navigate(s.address+"run?run=board"))
	s.until(t, `document.querySelectorAll(".chart path").length === 7`)
	s.until(t, `document.querySelector("#problem").textContent.startsWith("This run is damaged")`)
	s.until(t, `document.querySelector("#unread").textContent.startsWith("The config.toml of board can't be read")`)
	s.until(t, `document.querySelector("#beside").hidden && document.querySelectorAll("#own div").length === 0`)
	s.until(t, `document.querySelector("#facts").textContent.includes("Steps–")`)
}

// draw draws digits of a class and a seed, gets the bits of the command that the page names, and cancels.
func (s *site) draw(t *testing.T) {
	s.do(t, chromedp.Navigate(s.address+"draw?run=ghost"))
	s.until(t, `document.querySelector("#problem").textContent.startsWith("There is no run ghost")`)
	s.until(t, `document.querySelector("#go").disabled && document.querySelector("#from").value === ""`)
	s.do(t, chromedp.Navigate(s.address+"draw"))
	s.until(t, `document.querySelectorAll("#class option").length === 13 && !document.querySelector("#go").disabled`)
	s.pick(t, "#class", "3")
	s.do(t, chromedp.SetValue("#n", "4"), chromedp.SetValue("#steps", "2"), chromedp.SetValue("#seed", "5"),
		chromedp.SetValue("#guidance", "0.5"), chromedp.Click("#go"))
	s.until(t, `document.querySelector("#picture").naturalWidth > 0`)
	end := evaluate[string](t, s, `document.querySelector("#picture").src`)
	s.do(t, chromedp.Focus("#t"), chromedp.KeyEvent(kb.Home))
	s.until(t, `document.querySelector("#at").textContent === "0.0" && document.querySelector("#picture").complete`)
	if evaluate[string](t, s, `document.querySelector("#picture").src`) == end {
		t.Error("the slider shows the same picture")
	}
	words := strings.Fields(evaluate[string](t, s, `document.querySelector("#command").textContent`))
	s.run(t, words[1:]...)
	want, err := os.ReadFile(filepath.Join(s.dir, "samples.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.fetch(t, "#npz"); !bytes.Equal(got, want) {
		t.Errorf("the %d bytes of the page aren't the %d of %q", len(got), len(want), words)
	}
	s.do(t, chromedp.SetValue("#n", "256"), chromedp.SetValue("#steps", "1000"), chromedp.Click("#go"))
	s.until(t, `document.querySelector("#status").textContent.endsWith("%")`)
	s.until(t, `document.querySelector("#drawn").classList.contains("live")`) // samples on their way
	s.until(t, `Number(document.querySelector("#way").textContent) > 0 &&
		document.querySelector("#picture").src.includes("/api/drawing?")`)
	s.shoot(t, "live")
	s.do(t, chromedp.Click("#cancel"))
	s.until(t, `document.querySelector("#status").textContent === "cancelled"`)
	s.until(t, `!document.querySelector("#drawn").classList.contains("live") &&
		document.querySelector("#picture").src.includes("/api/drawn?")`) // those that were drawn before are back
	s.do(t, chromedp.SetValue("#n", "36"), chromedp.SetValue("#steps", "4"), chromedp.Click("#go"))
	s.until(t, `document.querySelector("#command").textContent.includes("-n 36")`) // the line is free again
}

// fill takes a drawn digit, paints a mask by mouse and keyboard, and gets the bits of the command that the page names.
func (s *site) fill(t *testing.T) {
	s.do(t, chromedp.Navigate(s.address+"draw?run=first"))
	s.until(t, `document.querySelector("#filling").hidden && !document.querySelector("#go").disabled`) // points
	s.do(t, chromedp.Navigate(s.address+"draw"))
	s.until(t, `!document.querySelector("#go").disabled && !document.querySelector("#filling").hidden`)
	s.do(t, chromedp.SetValue("#n", "1"), chromedp.SetValue("#steps", "8"), chromedp.Click("#go"))
	s.until(t, `document.querySelector("#command").textContent.includes("-n 1 ")`)
	s.do(t, chromedp.Click("#filling summary"))
	s.until(t, `document.querySelector("#go").textContent === "Fill in" && !document.querySelector("#take").disabled`)
	s.do(t, chromedp.Click("#go"))
	s.until(t, `document.querySelector("#problem").textContent === "Choose an image first."`)
	s.do(t, chromedp.Click("#take"))
	s.until(t, `document.querySelector("#problem").hidden`)
	s.do(t, chromedp.SetValue("#steps", "2"), chromedp.Click(".paint"), chromedp.Focus(".paint"),
		chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(kb.ArrowDown), chromedp.KeyEvent(" "))
	s.shoot(t, "fill")
	s.do(t, chromedp.Click("#go"))
	s.until(t, `document.querySelector("#command").textContent.startsWith("amgen edit inpaint ")`)
	s.until(t, `document.querySelector("#picture").complete && document.querySelector("#picture").naturalWidth > 0`)
	s.shoot(t, "filled")
	words := strings.Fields(evaluate[string](t, s, `document.querySelector("#command").textContent`))
	for id, file := range map[string]string{"image": "image.png", "masked": "mask.png"} {
		data := s.fetch(t, "#"+id)
		if err := os.WriteFile(filepath.Join(s.dir, file), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t, words[1:]...)
	want, err := os.ReadFile(filepath.Join(s.dir, "filled.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.fetch(t, "#npz"); !bytes.Equal(got, want) {
		t.Errorf("the %d bytes of the page aren't the %d of %q", len(got), len(want), words)
	}
}

// fetch is what a link leads to.
func (s *site) fetch(t *testing.T, link string) []byte {
	t.Helper()
	answer, err := http.Get(evaluate[string](t, s, fmt.Sprintf(`document.querySelector(%q).href`, link)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(link, answer.Status, err)
	}
	return data
}

// pick chooses an option of a list.
func (s *site) pick(t *testing.T, list, value string) {
	t.Helper()
	s.do(t, chromedp.SetValue(list, value))
	evaluate[bool](t, s, fmt.Sprintf(`document.querySelector(%q).dispatchEvent(new Event("change"))`, list))
}

// looks checks that no page is wider than a telephone, and takes pictures of each, light and dark.
func (s *site) looks(t *testing.T) {
	for name, address := range map[string]string{"runs": s.address, "run": s.address + "run?run=first",
		"cells": s.address + "run?run=cells", "compare": s.address + "compare?run=first&run=second",
		"draw": s.address + "draw", "report": s.page()} {
		for _, width := range []int64{1280, 400} {
			for _, colors := range []string{"light", "dark"} {
				call(t, s, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width,
					Height: 900, DeviceScaleFactor: 1, Mobile: width < 500})
				call(t, s, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
					Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colors}}})
				s.do(t, chromedp.Navigate(address), chromedp.Sleep(1500*time.Millisecond))
				if name == "draw" {
					s.until(t, `!document.querySelector("#go").disabled`)
					s.pick(t, "#class", "0-9")
					s.do(t, chromedp.SetValue("#n", "40"), chromedp.SetValue("#steps", "6"), chromedp.Click("#go"))
					s.until(t, `document.querySelector("#command").textContent.includes("-n 40")`)
					s.until(t, `document.querySelector("#picture").complete`)
				}
				if name == "cells" {
					s.do(t, chromedp.Click(".show button"))
					s.until(t, `document.querySelector(".show img").naturalWidth > 0`)
				}
				s.until(t, `document.documentElement.scrollWidth <= innerWidth`)
				s.shoot(t, fmt.Sprintf("%s-%d-%s", name, width, colors))
				if name == "draw" {
					s.do(t, chromedp.Click("#filling summary"))
					s.until(t, `document.documentElement.scrollWidth <= innerWidth`)
					s.shoot(t, fmt.Sprintf("fill-%d-%s", width, colors))
				}
			}
		}
	}
}

// shoot keeps a picture of the page, where pictures are asked for.
func (s *site) shoot(t *testing.T, name string) {
	t.Helper()
	if *shots == "" {
		return
	}
	picture, err := chromedp.Run(s.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	write(t, name+".png", picture)
}

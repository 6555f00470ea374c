// Command grid opens a run that amgen has trained, and writes a picture of samples: grid RUN OUT.png
package main

import (
	"context"
	"log"
	"os"
	"os/signal"

	"github.com/amgen/amgen/imaging"
	"github.com/amgen/amgen/run"
	"github.com/amgen/amgen/run/draw"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: grid RUN OUT.png")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // Ctrl-C ends the drawing
	defer stop()
	if err := grid(ctx, os.Args[1], os.Args[2]); err != nil {
		log.Fatal(err)
	}
	log.Print("wrote ", os.Args[2])
}

func grid(ctx context.Context, dir, out string) error {
	r, err := run.Open(ctx, dir, run.Options{})
	if err != nil {
		return err
	}
	defer r.Close()
	log.Printf("drawing 64 samples of step %d", r.Step)
	samples, err := draw.Collect(draw.Draw(ctx, r, draw.Options{N: 64, Seed: 7}))
	if err != nil {
		return err
	}
	picture, err := samples.Picture(draw.Layout{})
	if err != nil {
		return err
	}
	return imaging.WritePNG(out, picture)
}

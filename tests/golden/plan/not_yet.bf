-- What `bfc check` takes and `bfc compile` does not make a plan of yet, all of it at once.
migration not_yet after first;
use '../check/_views.bf';
backfill view per_page_mv using pause_and_attach pause ingest by hand 'stop the loader';

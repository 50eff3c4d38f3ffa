migration first;
migration second 'No';
